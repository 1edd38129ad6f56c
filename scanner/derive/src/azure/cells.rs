//! Traffic as boxes: sources by destinations by source ports, and what is left of them after a
//! rule took its part.

use assay_core::{Gap, GapState};

use super::ports::Ports;
use crate::net::AddressSet;

/// More boxes than a group of Azure's largest size makes in practice.
const MAX_CELLS: usize = 4096;

/// Every packet from a source to a destination from a source port, of one family, protocol and
/// destination port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// Who sends.
    pub(super) source: AddressSet,
    /// Who receives.
    pub(super) destination: AddressSet,
    /// From which port.
    pub(super) source_ports: Ports,
}

impl Cell {
    fn is_empty(&self) -> bool {
        self.source.is_empty() || self.destination.is_empty() || self.source_ports.is_empty()
    }

    /// What is left without another box: at most three boxes.
    fn without(self, other: &Self, out: &mut Vec<Self>) {
        let source = self.source.and(&other.source);
        let destination = self.destination.and(&other.destination);
        let ports = self.source_ports.and(&other.source_ports);
        if source.is_empty() || destination.is_empty() || ports.is_empty() {
            out.push(self);
            return;
        }
        let pieces = [
            Self { source: self.source.minus(&other.source), ..self.clone() },
            Self {
                source: source.clone(),
                destination: self.destination.minus(&other.destination),
                source_ports: self.source_ports.clone(),
            },
            Self { source, destination, source_ports: self.source_ports.minus(&ports) },
        ];
        out.extend(pieces.into_iter().filter(|c| !c.is_empty()));
    }
}

/// What is left of a box after others took theirs.
///
/// # Errors
///
/// If that takes too many boxes: then nobody says what is left.
pub(super) fn rest<'a>(
    cell: Cell,
    taken: impl Iterator<Item = &'a Cell>,
) -> Result<Vec<Cell>, Gap> {
    let mut left = if cell.is_empty() { Vec::new() } else { vec![cell] };
    for other in taken {
        let mut next = Vec::with_capacity(left.len());
        for cell in left {
            cell.without(other, &mut next);
        }
        if next.len() > MAX_CELLS {
            let detail = "the security rules cut each other into too many pieces to follow";
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        left = next;
        if left.is_empty() {
            break;
        }
    }
    Ok(left)
}
