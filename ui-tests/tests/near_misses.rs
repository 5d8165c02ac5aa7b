//! The neighbours of the compile-fail tests: code that is nearly a mistake, and must compile and work.

#![expect(dead_code, reason = "that the cases compile is most of what they show")]

macro_rules! near_misses {
    ($($path:literal $name:ident)*) => {
        $(
            #[path = $path]
            mod $name;
        )*

        const LISTED: &[&str] = &[$($path),*];
    };
}

near_misses! {
    "../ui/handles/callback_not_send_on_local_type_ok.rs" callback_not_send_on_local_type_ok
    "../ui/handles/coerced_to_the_same_slot_ok.rs" coerced_to_the_same_slot_ok
    "../ui/handles/strong_handles_ordered_ok.rs" strong_handles_ordered_ok
    "../ui/handles/sync_handles_sent_to_thread_ok.rs" sync_handles_sent_to_thread_ok
    "../ui/handles/type_with_derive_ok.rs" type_with_derive_ok
    "../ui/weak_referenceable/shapes_ok.rs" shapes_ok
    "../ui/weak_referenceable/static_type_argument_ok.rs" static_type_argument_ok
}

#[test]
fn every_file_is_listed() {
    let mut listed = LISTED
        .iter()
        .map(|path| path.trim_start_matches("../").to_owned())
        .collect::<Vec<_>>();
    listed.sort();
    let mut found = Vec::new();
    for folder in std::fs::read_dir("ui").expect("tests run in the folder of their package") {
        let folder = folder.expect("the folder can be listed").path();
        for file in std::fs::read_dir(folder).expect("it holds folders only") {
            let file = file.expect("the folder can be listed").path();
            found.extend(
                file.to_str()
                    .filter(|name| name.ends_with("_ok.rs"))
                    .map(str::to_owned),
            );
        }
    }
    found.sort();
    assert_eq!(listed, found);
}
