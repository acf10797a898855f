/* What STS answers, in the form that its API reference shows. */
#ifndef DYNAMOD_TESTS_STS_REPLY_H
#define DYNAMOD_TESTS_STS_REPLY_H

#define STS_REPLY(action, id)                                                            \
    "<" action "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"         \
    "  <" action "Result>\n    <AssumedRoleUser>\n"                                      \
    "      <Arn>arn:aws:sts::123456789012:assumed-role/demo/x</Arn>\n"                   \
    "      <AssumedRoleId>ARO123EXAMPLE123:x</AssumedRoleId>\n    </AssumedRoleUser>\n"  \
    "    <Credentials>\n      <AccessKeyId>" id "</AccessKeyId>\n"                       \
    "      <SecretAccessKey>secret/+" id "</SecretAccessKey>\n"                          \
    "      <SessionToken>token==" id "</SessionToken>\n"                                 \
    "      <Expiration>2024-01-02T03:04:05Z</Expiration>\n"                              \
    "    </Credentials>\n  </" action "Result>\n"                                        \
    "  <ResponseMetadata><RequestId>c6104cbe</RequestId></ResponseMetadata>\n"           \
    "</" action "Response>\n"

#define STS_ERROR(code)                                                                  \
    "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"              \
    "  <Error><Type>Sender</Type><Code>" code "</Code>\n"                                \
    "    <Message>User: arn:aws:iam::123456789012:user/x may not</Message></Error>\n"    \
    "  <RequestId>4ba8</RequestId>\n</ErrorResponse>\n"

#endif
