//! Transactions.

use std::time::Duration;

use keyloom::{OfTenant, Revision, Transaction};

use super::writes::{hold, stored_revision};
use super::{Owned, told};
use crate::programs::domain::{Account, Any, Programs, with_record};
use crate::programs::fuzzed::Fuzzed;
use crate::programs::program::{Act, Held, Operation, Target};

type Building<'s> = Transaction<'s, Programs, OfTenant<Account>>;

impl Act {
    /// The revision that the struct is to hold.
    fn held(&self) -> Option<Held> {
        match self {
            Self::Save(held) | Self::Delete(Target::Record(held)) => Some(*held),
            _ => None,
        }
    }

    fn add<'s, R: Fuzzed>(
        &self,
        to: Building<'s>,
        record: &'s mut R,
        stored: Revision,
    ) -> Building<'s>
where {
        let key = record.key_of();
        match self {
            Self::Insert => to.insert(record),
            Self::Save(_) => to.save(record),
            Self::Update(edit) => to.update(edit.added_to(key.patch(), stored)),
            Self::Delete(Target::Key) => to.delete(key),
            Self::Delete(Target::Record(_)) => to.delete(&*record),
            Self::DeleteWhen(filter) => to.delete_when(key, filter.condition()),
            Self::Check(filter) => to.check(key, filter.condition()),
            Self::CheckExists => to.check_exists(key),
            Self::CheckAbsent => to.check_absent(key),
            Self::CheckRevision(held) => to.check_revision(key, held.revision(stored)),
        }
    }
}

pub(super) async fn transaction(
    scope: &Owned,
    operations: &[Operation],
    token: Option<&(String, Option<u64>)>,
) -> String {
    let mut operations = operations.to_vec();
    let mut revisions = Vec::with_capacity(operations.len());
    for operation in &mut operations {
        let Operation::On(record, act) = operation else {
            revisions.push(Revision::ZERO);
            continue;
        };
        with_record!(&mut **record, record => {
            revisions.push(stored_revision(scope, record).await);
            if let Some(held) = act.held() {
                hold(scope, record, held).await;
            }
        });
    }
    let mut building = scope.transaction();
    for (operation, stored) in operations.iter_mut().zip(revisions) {
        building = match operation {
            Operation::On(record, act) => {
                with_record!(&mut **record, record => act.add(building, record, stored))
            }
            Operation::Append(event) => building.append(event),
        };
    }
    if let Some((token, kept)) = token {
        building = building.idempotency_token(token);
        if let Some(seconds) = kept {
            building = building.keep_token_for(Duration::from_secs(*seconds));
        }
    }
    let outcome = told(building.commit().await);
    format!("{outcome} {operations:?}")
}
