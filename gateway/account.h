// Account of the functions' owner and of the holder of a long-term key: the one
// that AWS's documentation uses.
#ifndef INVOCATOR_GATEWAY_ACCOUNT_H_
#define INVOCATOR_GATEWAY_ACCOUNT_H_

namespace invocator {

inline constexpr char kAccount[] = "123456789012";
inline constexpr char kUserArn[] = "arn:aws:iam::123456789012:user/anybody";

}  // namespace invocator

#endif  // INVOCATOR_GATEWAY_ACCOUNT_H_
