//! What the derives emit for each fixture, read by a person when it changes.

use super::{derived, fixtures, input_of, pretty};
use crate::derive;

#[test]
fn expansions() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, fixture) in fixtures() {
            let expansions: Vec<_> = derived(&fixture.items)
                .into_iter()
                .map(|(item, derive)| pretty(derive(input_of(item))))
                .collect();
            if !expansions.is_empty() {
                insta::assert_snapshot!(name, expansions.join("\n"));
            }
        }
    });
}

/// How long a build takes is how much the derives emit.
#[test]
fn a_record_of_four_fields_besides_its_roles_expands_to_120_lines() {
    let (_, fixture) =
        fixtures().into_iter().find(|(name, _)| name == "record_roles").expect("the fixture");
    let (item, derive) = derived(&fixture.items).pop().expect("the record");
    let lines = pretty(derive(input_of(item))).lines().count();
    assert!(lines <= 120, "{lines} lines");
}

/// `macro_rules!` hands over types and literals in invisible groups.
#[test]
fn invisible_groups_are_seen_through() {
    use proc_macro2::{Delimiter, Group, TokenStream};
    use quote::quote;

    let group = |tokens: TokenStream| Group::new(Delimiter::None, tokens);
    let (template, id) = (group(quote!("made#{name}")), group(quote!("{id}")));
    let (text, note) = (group(quote!(String)), group(quote!(Option<String>)));
    let grouped = derive::record(quote! {
        #[record(global, partition = #template, sort = #id)]
        pub struct Made { id: u32, name: #text, note: #note }
    });
    let plain = derive::record(quote! {
        #[record(global, partition = "made#{name}", sort = "{id}")]
        pub struct Made { id: u32, name: String, note: Option<String> }
    });
    assert_eq!(pretty(grouped), pretty(plain));
}
