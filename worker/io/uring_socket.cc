#include "worker/io/uring_socket.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace invocator {
namespace {

// Limit on bytes of one send, which are copied to stay where they are.
constexpr size_t kSendBytes = size_t{64} * 1024;

// Room for most requests, or those of a turn together.
constexpr size_t kFirstSendBytes = size_t{4} * 1024;

constexpr size_t kFirstPieces = 4;

constexpr uint32_t kBroken = EPOLLERR | EPOLLHUP;

}  // namespace

UringSocket::UringSocket(Uring& ring, int fd)
    : Socket(fd), ring_(ring), id_(ring.Add(fd, *this)) {
  // Never within the string itself: when this ends, a send under way may need
  // its bytes where they are.
  out_.reserve(kFirstSendBytes);
  pieces_.reserve(kFirstPieces);
  ring_.Receive(id_, fd_);
}

UringSocket::~UringSocket() {
  // What was queued leaves before the end, for example a last alert of TLS.
  if (sends_ && !in_flight() && ring_.usable()) ring_.SubmitAndTakeEvents();
  for (; first_piece_ < pieces_.size(); ++first_piece_) {
    ring_.buffers().Return(pieces_[first_piece_].buffer);
  }
  ring_.Remove(id_, fd_, sends_ ? std::move(out_) : std::string());
  close(fd_);
}

bool UringSocket::OnReceived(const Uring::Completion& completion) {
  if (completion.result > 0) {
    pieces_.push_back(
        {completion.buffer, 0, static_cast<uint32_t>(completion.result)});
    if (!completion.goes_on) ResumeReceive();
    return Notify(EPOLLIN);
  }
  ended_ = true;
  if (completion.result == 0) return Notify(EPOLLIN | EPOLLRDHUP);
  if (error_ == 0) error_ = -completion.result;
  return Notify(EPOLLIN | EPOLLRDHUP | kBroken);
}

Socket::Result UringSocket::Receive(absl::Span<char> into) {
  if (first_piece_ == pieces_.size()) {
    drained_ = !ended_;
    if (!ended_) return {State::kAgain};
    // A send may have met the error that ended it.
    return {error_ == 0 ? State::kEnd : State::kFailed};
  }
  size_t taken = 0;
  while (first_piece_ < pieces_.size() && taken < into.size()) {
    Piece& piece = pieces_[first_piece_];
    const size_t bytes =
        std::min<size_t>(piece.end - piece.begin, into.size() - taken);
    std::memcpy(into.data() + taken,
                ring_.buffers().At(piece.buffer) + piece.begin, bytes);
    taken += bytes;
    piece.begin += static_cast<uint32_t>(bytes);
    if (piece.begin < piece.end) break;
    ring_.buffers().Return(piece.buffer);
    ++first_piece_;
  }
  if (first_piece_ == pieces_.size()) {
    pieces_.clear();
    first_piece_ = 0;
  }
  drained_ = pieces_.empty();
  return {State::kOk, taken};
}

Socket::Result UringSocket::Send(absl::string_view front,
                                 absl::string_view rest) {
  // When an engine has ended, another thread closes what it has left open.
  if (error_ != 0 || !ring_.usable()) return {State::kFailed};
  const size_t room = in_flight() ? 0 : kSendBytes - out_.size();
  if (room == 0) {
    blocked_ = true;
    return {State::kAgain};
  }
  front = front.substr(0, room);
  rest = rest.substr(0, room - front.size());
  out_.append(front.data(), front.size());
  out_.append(rest.data(), rest.size());
  sent_bytes_ += front.size() + rest.size();
  if (sends_) {
    queued_.entry->addr = reinterpret_cast<uintptr_t>(out_.data());
    queued_.entry->len = static_cast<uint32_t>(out_.size());
  } else {
    sends_ = true;
    queued_ = ring_.Send(id_, fd_, out_);
  }
  return {State::kOk, front.size() + rest.size()};
}

bool UringSocket::OnSent(int32_t result) {
  if (result > 0) {
    out_.erase(0, static_cast<size_t>(result));
  }
  if (result > 0 && !out_.empty()) {
    queued_ = ring_.Send(id_, fd_, out_);
    return false;
  }
  sent_bytes_ -= out_.size();
  out_.clear();
  sends_ = false;
  if (result < 0) {
    error_ = -result;
    return Notify(kBroken);
  }
  return std::exchange(blocked_, false) && Notify(EPOLLOUT);
}

}  // namespace invocator
