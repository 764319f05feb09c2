//! Laws of the ids that people see.

use blue::id::{EntityId, EntityKind};
use proptest::prelude::*;

fn kinds() -> impl Strategy<Value = EntityKind> {
    prop::sample::select(&EntityKind::ALL[..])
}

/// Small and large numbers, and those about the end of two digits.
fn ids() -> impl Strategy<Value = EntityId> {
    let round = prop_oneof![0..120_u16, any::<u16>()];
    let seq = prop_oneof![0..120_u32, any::<u32>()];
    (kinds(), round, seq).prop_map(|(kind, round, seq)| EntityId::new(kind, round, seq))
}

proptest! {
    #[test]
    fn an_id_reads_back(id in ids()) {
        prop_assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn different_ids_are_spelt_differently(one in ids(), other in ids()) {
        prop_assert_eq!(one == other, one.to_string() == other.to_string());
    }

    #[test]
    fn what_is_read_is_spelt_so(text in "[PRECTX]?[0-9+-]{0,8}|.{0,6}") {
        if let Ok(id) = text.parse::<EntityId>() {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn two_digits_stand_without_a_hyphen(kind in kinds(), round in 0..=99_u16, seq in 0..=99_u32) {
        let spelt = EntityId::new(kind, round, seq).to_string();
        prop_assert_eq!(spelt, format!("{}{round:02}{seq:02}", kind.letter()));
    }
}

#[test]
fn known_ids() {
    for (text, id) in [
        ("P0203", EntityId::new(EntityKind::Perspective, 2, 3)),
        ("T0001", EntityId::new(EntityKind::Tension, 0, 1)),
        ("P02-103", EntityId::new(EntityKind::Perspective, 2, 103)),
        ("C100-01", EntityId::new(EntityKind::Claim, 100, 1)),
    ] {
        assert_eq!((id.to_string().as_str(), text.parse()), (text, Ok(id)));
    }
    for text in ["", "P", "P02", "P023", "P02103", "P02-03", "p0203", "X0203", "P0203 ", "P-1-100"]
    {
        assert!(text.parse::<EntityId>().is_err(), "{text}");
    }
}
