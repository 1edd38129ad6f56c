//! Collects Azure tenants.
