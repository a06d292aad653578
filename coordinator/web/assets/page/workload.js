// The workload, and the command that plays it again.

function workload() {
  const json = JSON.stringify(run.workload || null, null, 2);
  // A long one stays closed in print.
  return [
    section('workload', 'Workload', run.workload &&
      [h('p', {class: 'note'}, 'Without header values, data, payloads and ' +
         'query values.'),
       h('details', {class: json.length > 20000 && 'long'},
         h('summary', {}, 'workload.json'), h('pre', {tabindex: 0}, json))]),
    section('again', 'Run it again', run.command &&
      [h('pre', {tabindex: 0}, run.command),
       h('p', {class: 'note'}, 'The workload.json in the run’s folder plays ' +
         'the same schedule again.')])];
}
