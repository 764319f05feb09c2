//! What the codes of DynamoDB say: the one table of them.
//!
//! Read by [`error`](super::error). Codes come from DynamoDB, from the front ends that every AWS
//! service shares, and from the reasons of a cancelled transaction:
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>,
//! <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html>.

use crate::error::ErrorKind;

/// What became of a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// The engine did not apply it.
    NotApplied,
    /// It may have been applied.
    Unknown,
}

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    /// What became of the request.
    pub(super) effect: Effect,
    /// The kind of the error.
    pub(super) kind: ErrorKind,
    /// Whether the same request may succeed later.
    pub(super) retry: bool,
    /// What a message says.
    pub(super) words: &'static str,
}

impl Class {
    /// The engine will never apply it.
    pub(super) const fn refused(kind: ErrorKind, words: &'static str) -> Self {
        Self { effect: Effect::NotApplied, kind, retry: false, words }
    }

    /// The engine did not apply it, and may later.
    pub(super) const fn later(kind: ErrorKind, words: &'static str) -> Self {
        Self { effect: Effect::NotApplied, kind, retry: true, words }
    }

    /// The engine may have applied it.
    pub(super) const fn unknown(kind: ErrorKind, words: &'static str) -> Self {
        Self { effect: Effect::Unknown, kind, retry: true, words }
    }
}

const THROTTLED: Class = Class::later(
    ErrorKind::Throttled,
    "DynamoDB asks for fewer requests: the throughput is used up",
);

const SERVER: Class =
    Class::unknown(ErrorKind::Unavailable, "DynamoDB failed while it handled the request");

const TOO_LATE: Class =
    Class::unknown(ErrorKind::Unavailable, "DynamoDB waited too long for the request");

const NO_INDEX: Class =
    Class::refused(ErrorKind::SchemaMismatch, "the table has no index of that name");

const TOO_LARGE: Class =
    Class::refused(ErrorKind::Limit, "the record is larger than DynamoDB can store");

const LONG_REQUEST: Class =
    Class::refused(ErrorKind::Limit, "the request is larger than DynamoDB accepts");

const BAD_KEY: Class =
    Class::refused(ErrorKind::InvalidKey, "a key is empty or too long for DynamoDB");

const BAD_VALUE: Class =
    Class::refused(ErrorKind::InvalidValue, "DynamoDB finds a value or the request invalid");

/// Every known code.
const CLASSES: &[(Class, &[&str])] = &[
    (
        THROTTLED,
        &[
            "ProvisionedThroughputExceededException",
            "ProvisionedThroughputExceeded",
            "RequestLimitExceeded",
            "ThrottlingException",
            "ThrottlingError",
            "Throttling",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "TooManyRequestsException",
            "BandwidthLimitExceeded",
            "SlowDown",
        ],
    ),
    (
        Class::later(
            ErrorKind::Throttled,
            "DynamoDB asks for fewer requests: too many tables are being changed or exist",
        ),
        &["LimitExceededException"],
    ),
    (
        Class::later(ErrorKind::Contended, "the table exists or is being changed"),
        &["ResourceInUseException", "TableInUseException", "TableAlreadyExistsException"],
    ),
    (
        Class::later(ErrorKind::Contended, "another writer holds the item"),
        &[
            "TransactionConflictException",
            "TransactionConflict",
            "ReplicatedWriteConflictException",
        ],
    ),
    (
        Class::unknown(ErrorKind::Contended, "the same transaction is still being carried out"),
        &["TransactionInProgressException"],
    ),
    (
        SERVER,
        &[
            "InternalServerError",
            "InternalServerErrorException",
            "InternalServerException",
            "InternalFailure",
            "InternalError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
        ],
    ),
    (TOO_LATE, &["RequestTimeout", "RequestTimeoutException"]),
    (
        Class::refused(ErrorKind::SchemaMismatch, "the table does not exist"),
        &["ResourceNotFoundException", "TableNotFoundException"],
    ),
    (NO_INDEX, &["IndexNotFoundException"]),
    (
        Class::refused(
            ErrorKind::Limit,
            "the records of one partition are larger than a local index of the table allows",
        ),
        &["ItemCollectionSizeLimitExceededException", "ItemCollectionSizeLimitExceeded"],
    ),
    (LONG_REQUEST, &["RequestEntityTooLarge", "RequestEntityTooLargeException"]),
    (BAD_VALUE, &["ValidationException", "ValidationError"]),
    (
        Class::refused(
            ErrorKind::Unavailable,
            "the credentials may not do this, or may not use the key that encrypts the table",
        ),
        &[
            "AccessDeniedException",
            "AccessDenied",
            "UnauthorizedOperation",
            "NotAuthorized",
            "OptInRequired",
            "PolicyNotFoundException",
        ],
    ),
    (
        Class::refused(ErrorKind::Unavailable, "DynamoDB does not accept the credentials"),
        &[
            "UnrecognizedClientException",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ],
    ),
    (
        Class::refused(
            ErrorKind::Unavailable,
            "the credentials have expired, or this computer's clock is wrong",
        ),
        &["ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeTooSkewed"],
    ),
    (
        Class::refused(ErrorKind::Unavailable, "DynamoDB does not understand the request"),
        &[
            "SerializationException",
            "MalformedQueryString",
            "InvalidParameterValue",
            "InvalidParameterCombination",
            "MissingParameter",
            "InvalidEndpointException",
        ],
    ),
    (
        Class::refused(ErrorKind::Unsupported, "the endpoint has no such operation"),
        &["UnknownOperationException", "UnknownOperation", "InvalidAction", "MissingAction"],
    ),
    (
        Class::refused(
            ErrorKind::Unavailable,
            "another transaction was sent with the same token before",
        ),
        &["IdempotentParameterMismatchException"],
    ),
    // Where the operation has conditions these two come as what they are, not by their code.
    (
        Class::refused(ErrorKind::Contended, "the stored item was changed meanwhile"),
        &[
            "ConditionalCheckFailedException",
            "ConditionalCheckFailed",
            "TransactionCanceledException",
            "DuplicateItemException",
            "DuplicateItem",
        ],
    ),
];

/// What a code says, if it is known.
pub(super) fn class(code: &str) -> Option<Class> {
    CLASSES.iter().find(|(_, codes)| codes.contains(&code)).map(|(class, _)| *class)
}

/// What an answer says: by its code, else by its status.
pub(super) fn classify(code: Option<&str>, message: Option<&str>, status: u16) -> Class {
    if let Some(class) = code.and_then(class) {
        return if class == BAD_VALUE { invalid(message.unwrap_or_default()) } else { class };
    }
    match status {
        408 => TOO_LATE,
        413 => LONG_REQUEST,
        429 => THROTTLED,
        400..=499 => Class::refused(ErrorKind::Unavailable, "DynamoDB refused the request"),
        500..=599 => SERVER,
        _ => Class::unknown(ErrorKind::Unavailable, "the answer is not one of DynamoDB"),
    }
}

/// What a `ValidationException` says, for which DynamoDB has no codes but only texts.
fn invalid(message: &str) -> Class {
    let says = |words: &str| message.contains(words);
    if says("Item size") && says("exceeded") {
        TOO_LARGE
    } else if says("does not have the specified index") {
        NO_INDEX
    } else if (says("key attribute") && says("empty"))
        || says("Size of hashkey")
        || says("Size of rangekey")
        || says("size of all range keys")
    {
        BAD_KEY
    } else {
        BAD_VALUE
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn line(name: &str, class: Class) -> String {
        let Class { effect, kind, retry, words } = class;
        let retry = if retry { "retry" } else { "-" };
        let (effect, kind) = (format!("{effect:?}"), format!("{kind:?}"));
        format!("{name:<44} {effect:<11} {kind:<15} {retry:<6} {words}\n")
    }

    #[test]
    fn every_code_has_its_class() {
        let table: String = CLASSES
            .iter()
            .flat_map(|(class, codes)| codes.iter().map(|code| line(code, *class)))
            .collect();
        insta::assert_snapshot!(table);
    }

    #[test]
    fn a_code_stands_in_the_table_once() {
        let mut codes: Vec<_> = CLASSES.iter().flat_map(|(_, codes)| *codes).collect();
        let all = codes.len();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }

    #[test]
    fn an_answer_without_a_known_code_goes_by_its_status() {
        let mut table = String::new();
        for status in [200, 302, 400, 403, 404, 408, 413, 429, 500, 502, 503, 504, 599, 600] {
            table.push_str(&line(&status.to_string(), classify(None, None, status)));
            assert_eq!(classify(Some("NewException"), None, status), classify(None, None, status));
        }
        insta::assert_snapshot!(table);
    }

    /// The texts are those of DynamoDB, the spelling mistakes included.
    #[test]
    fn a_validation_goes_by_its_text() {
        let mut table = String::new();
        for text in [
            "Item size has exceeded the maximum allowed size",
            "Item size to update has exceeded the maximum allowed size",
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum \
             size limit of2048 bytes",
            "One or more parameter values were invalid: Aggregated size of all range keys has \
             exceeded the size limit of 1024 bytes",
            "One or more parameter values are not valid. The AttributeValue for a key attribute \
             cannot contain an empty string value. Key: pk",
            "One or more parameter values are not valid. A value specified for a secondary index \
             key is not supported. The AttributeValue for a key attribute cannot contain an empty \
             string value. IndexName: gsi1, IndexKey: gsi1sk",
            "The table does not have the specified index: gsi1",
            "Number overflow. Attempting to store a number with magnitude larger than supported \
             range",
            "",
        ] {
            let class = classify(Some("ValidationException"), Some(text), 400);
            let _ = writeln!(table, "{text}");
            table.push_str(&line("", class));
        }
        insta::assert_snapshot!(table);
    }
}
