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
    "../ui/finalize/arguments_ok.rs" finalize_arguments_ok
    "../ui/finalizer/actions_ok.rs" finalizer_actions_ok
    "../ui/finalizer_safe/shapes_ok.rs" finalizer_safe_shapes_ok
    "../ui/handles/callback_not_send_on_local_type_ok.rs" handles_callback_not_send_on_local_type_ok
    "../ui/handles/coerced_to_the_same_slot_ok.rs" handles_coerced_to_the_same_slot_ok
    "../ui/handles/send_callback_in_code_generic_over_the_slot_ok.rs" handles_send_callback_in_code_generic_over_the_slot_ok
    "../ui/handles/strong_handles_ordered_ok.rs" handles_strong_handles_ordered_ok
    "../ui/handles/sync_handles_sent_to_thread_ok.rs" handles_sync_handles_sent_to_thread_ok
    "../ui/handles/type_with_derive_ok.rs" handles_type_with_derive_ok
    "../ui/weak_referenceable/finalizer_of_generic_type_ok.rs" weak_referenceable_finalizer_of_generic_type_ok
    "../ui/proxy/forwarded_ok.rs" forwarded_ok
    "../ui/proxy/result_for_sized_ok.rs" result_for_sized_ok
    "../ui/shared/generic_over_the_slot_ok.rs" shared_generic_over_the_slot_ok
    "../ui/weak/captured_ok.rs" captured_ok
    "../ui/weak_referenceable/shapes_ok.rs" weak_referenceable_shapes_ok
    "../ui/weak_referenceable/static_type_argument_ok.rs" weak_referenceable_static_type_argument_ok
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
