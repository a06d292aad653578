#include "common/words/punycode.h"

#include <gtest/gtest.h>

#include <string>

namespace invocator {
namespace {

// By Python's codecs "punycode" and "idna", and RFC 3492, 7.1.
TEST(PunycodeTest, NamesBecomeWhatDnsKnows) {
  const struct {
    std::string name, ascii;
  } kRows[] = {
      {"", ""},
      {"example.com", "example.com"},
      {"EXAMPLE.com", "example.com"},
      {"bücher.example", "xn--bcher-kva.example"},
      {"BÜCHER.example", "xn--bcher-kva.example"},
      {"ü.ü", "xn--tda.xn--tda"},
      {"münchen-ost.de", "xn--mnchen-ost-9db.de"},
      {"faß.de", "xn--fa-hia.de"},
      {"пример.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"},
      {"ПРИМЕР.испытание", "xn--e1afmkfd.xn--80akhbyknj4f"},
      {"Ёж.example", "xn--f1a7c.example"},
      {"例え.テスト", "xn--r8jz45g.xn--zckzah"},
      {"παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp"},
      {"실례.테스트", "xn--9n2bp8q.xn--9t4b11yi5a"},
      {"他们为什么不说中文", "xn--ihqwcrb4cv8a8dqg056pqjye"},
      {"ñandú1ñ", "xn--and1-fqae5d"},
  };
  for (const auto& [name, ascii] : kRows) {
    EXPECT_EQ(AsciiHostName(name), ascii) << name;
  }
}

TEST(PunycodeTest, WhatNeedsMoreRulesIsLeftAlone) {
  for (const std::string name :
       {"\xF0\x9F\x98\x80.example",  // an emoji: four bytes
        "u\xCC\x88.example",         // u and a combining mark
        "a\xE3\x80\x82"
        "b",  // an ideographic full stop
        "\xC2\xAD", "\xC3\x97", "\xC3\xB7", "\xC2\x80", "\xC3", "\xC3(", "\x80",
        "\xE4\xB8", "\xE4(\xAD", "\xFF"}) {
    EXPECT_FALSE(AsciiHostName(name)) << name;
  }
  std::string label;
  for (int i = 0; i < 63; ++i) label += "ü";
  EXPECT_TRUE(AsciiHostName(label));
  EXPECT_FALSE(AsciiHostName(label + "ü"));
}

}  // namespace
}  // namespace invocator
