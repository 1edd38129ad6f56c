//! The services over the estate of Larkspur Books (`fixtures/demo/azure`), answered by the fake.

mod batching;
mod denied;
mod estate;
mod judged;
mod missing;
mod principals;
mod recorded;
mod support;

use crate::services;

#[test]
fn type_files_name_the_operations_that_list_their_types() {
    let types = support::types();
    for service in services() {
        for kind in service.types {
            for operation in &types.get(kind).unwrap().listing.operations {
                let declared = service.operations.iter().any(|o| o.name == operation);
                assert!(declared, "{}: {kind} is listed by {operation}", service.name);
            }
        }
    }
}
