//! File systems that lie on this machine: the running host's, or a folder that holds one.

mod fd;
mod folder;
mod mounts;
mod resolver;
#[cfg(test)]
mod tests;
mod walk;

pub use folder::Folder;
