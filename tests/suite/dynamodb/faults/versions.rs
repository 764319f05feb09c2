//! Two programs, of which one knows a field more, take turns.

use keyloom::Table;
use keyloom::dynamodb::{CreateTable, DynamoDb};
use keyloom_dynamodb_engine::Endpoint;

/// A version of the record, as a program would have it.
macro_rules! program {
    ($program:ident { $($field:ident),* }) => {
        mod $program {
            use keyloom::{Record, Revision, Table};

            #[derive(Record, Clone, Debug, PartialEq)]
            #[record(global, partition = "profile#{id}")]
            pub(super) struct Profile {
                pub(super) id: u32,
                pub(super) name: String,
                pub(super) notes: Option<String>,
                $(pub(super) $field: Option<String>,)*
                #[record(revision)]
                pub(super) revision: Revision,
            }

            /// Without a revision.
            #[derive(Record, Clone, Debug, PartialEq)]
            #[record(global, partition = "setting#{id}")]
            pub(super) struct Setting {
                pub(super) id: u32,
                pub(super) text: String,
                $(pub(super) $field: Option<String>,)*
            }

            #[derive(Table)]
            #[table(name = "profiles", records(Profile, Setting))]
            pub(super) struct Profiles;
        }
    };
}

program!(older {});
program!(newer { city });

#[tokio::test]
async fn no_field_is_lost() {
    let endpoint = Endpoint::fresh();
    let engine = || DynamoDb::new(endpoint.client()).table_prefix(endpoint.prefix());
    let creating = engine().create_table(CreateTable::on_demand());
    let old = older::Profiles::open(creating).await.expect("it is created").global();
    let new = newer::Profiles::open(engine()).await.expect("a field more fits").global();
    // A program that was built before the field is started again.
    let again = older::Profiles::open(engine()).await.expect("a field less fits").global();

    let mut first = newer::Profile {
        id: 1,
        name: "ann".to_owned(),
        notes: Some("n".to_owned()),
        city: Some("rome 0".to_owned()),
        revision: keyloom::Revision::ZERO,
    };
    new.insert(&mut first).await.unwrap();
    let mut setting =
        newer::Setting { id: 1, text: "t".to_owned(), city: Some("rome 0".to_owned()) };
    new.save(&mut setting).await.unwrap();
    for turn in 1..=10_u32 {
        let old = if turn % 2 == 0 { &old } else { &again };
        let mut seen = old.get(older::Profile::key(1)).await.unwrap().expect("it is stored");
        seen.name = format!("ann {turn}");
        seen.notes = (turn % 3 != 0).then(|| format!("{turn}"));
        old.save(&mut seen).await.unwrap();
        let mut set = old.get(older::Setting::key(1)).await.unwrap().expect("it is stored");
        set.text = format!("{turn}");
        old.save(&mut set).await.unwrap();

        let mut whole = new.get(newer::Profile::key(1)).await.unwrap().expect("it is stored");
        assert_eq!((&whole.name, &whole.notes), (&seen.name, &seen.notes));
        assert_eq!(whole.city, Some(format!("rome {}", turn - 1)));
        assert_eq!(whole.revision, seen.revision);
        whole.city = Some(format!("rome {turn}"));
        new.save(&mut whole).await.unwrap();
        let mut set = new.get(newer::Setting::key(1)).await.unwrap().expect("it is stored");
        assert_eq!((set.text, set.city), (turn.to_string(), Some(format!("rome {}", turn - 1))));
        (set.text, set.city) = (String::new(), Some(format!("rome {turn}")));
        new.save(&mut set).await.unwrap();
    }
    // What the newer program removes is removed, whoever writes next.
    let mut whole = new.get(newer::Profile::key(1)).await.unwrap().expect("it is stored");
    whole.city = None;
    new.save(&mut whole).await.unwrap();
    let mut seen = old.get(older::Profile::key(1)).await.unwrap().expect("it is stored");
    old.save(&mut seen).await.unwrap();
    let whole = new.get(newer::Profile::key(1)).await.unwrap().expect("it is stored");
    assert_eq!(whole.city, None);
    assert_eq!(whole.revision.get(), 23);
}
