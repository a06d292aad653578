// The plots of a run.

function makePlots() {
  const make = (Type, id, build, title, note, options) =>
      new Type(id, title, note, {build, ...options});
  return {
    rate: make(LinePlot, 'rate', ratePlot,
        'Calls planned, sent and completed', 'Per second. A gap between ' +
        'planned and sent is caused by the generator, one between sent and ' +
        'completed by the target.'),
    response: make(LinePlot, 'response', responsePlot,
        'Response time', 'From the instant a call was due to the end of its ' +
        'answer, by the bin it was due in.', {high: true}),
    heat: make(HeatPlot, 'heat', heatPlot, 'Heat map of response times',
        'Calls by the time they were due and their response time.',
        {high: true}),
    percentiles: make(LinePlot, 'percentiles', percentilePlot,
        'Percentiles', 'Lateness: from due to sent. Service: from sent to ' +
        'answered. Response: both. Where response lies above service, calls ' +
        'waited in the generator. Without the warm-up.',
        {time: false, high: true}),
    in_flight: make(LinePlot, 'in_flight', inFlightPlot, 'Calls in flight',
        'Sent and not yet completed, at the end of each bin.'),
    outcomes: make(LinePlot, 'outcomes', outcomePlot, 'Outcomes',
        'Ended calls per second, stacked.'),
    lateness: make(LinePlot, 'lateness', latenessPlot, 'Lateness',
        'How late the generator sent calls, by worker. The target does not ' +
        'cause this.'),
    warmth: make(LinePlot, 'warmth', warmthPlot, 'Cold against warm', '',
        {time: false}),
  };
}
