// Command-line option whose value is one of a few words.
#ifndef INVOCATOR_COORDINATOR_CHOICE_OPTION_H_
#define INVOCATOR_COORDINATOR_CHOICE_OPTION_H_

#include <CLI/CLI.hpp>
#include <map>
#include <string>
#include <vector>

namespace invocator {

// Sets `value`, which must outlive the parsing, to the meaning of the word.
template <typename T>
CLI::Option* AddChoice(CLI::App& app, const std::string& name, T& value,
                       std::map<std::string, T> choices,
                       const std::string& about) {
  std::vector<std::string> words;
  words.reserve(choices.size());
  for (const auto& [word, meaning] : choices) words.push_back(word);
  return app
      .add_option_function<std::string>(
          name,
          [&value, choices](const std::string& word) {
            value = choices.at(word);
          },
          about)
      ->check(CLI::IsMember(words));
}

}  // namespace invocator

#endif  // INVOCATOR_COORDINATOR_CHOICE_OPTION_H_
