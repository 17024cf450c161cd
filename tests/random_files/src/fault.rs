//! Mistakes that can be made on buzzer's side, to see that they are found.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// What a dropped read has read is gone.
    DroppedReadIsLost,
    DroppedErrorIsLost,
    DroppedWriteComesTwice,
    AppendIsIgnored,
    CloneHasItsPosition,
    ShortReadIsTheEnd,
    VectorsEndEarly,
    WriteAtMoves,
    SetLenMoves,
    /// A seek from the end counts from the start.
    EndIsTheStart,
    BufferIsNotGivenBack,
    WriterDropsItsTail,
    CopyForgetsTheMode,
    RenameDoesNotReplace,
    LinksAreFollowed,
    ModesAreIgnored,
    ListingsEndEarly,
    /// Of two times only one is set.
    OneTimeIsForgotten,
    FlagsAreIgnored,
    /// `create` doesn't empty what is there.
    CreateKeeps,
    /// An entry has another's number.
    NumbersAreOthers,
    /// `block_on` panics, where there are several strands.
    RunPanics,
    /// The drop of the runtime panics, where it comes early.
    DropPanics,
    /// Workers that were stopped are never let go. Not of [`Self::ALL`]: who finds that doesn't
    /// return.
    WorkersStayStopped,
}

impl Fault {
    pub const ALL: [Self; 23] = [
        Self::DroppedReadIsLost,
        Self::DroppedErrorIsLost,
        Self::DroppedWriteComesTwice,
        Self::AppendIsIgnored,
        Self::CloneHasItsPosition,
        Self::ShortReadIsTheEnd,
        Self::VectorsEndEarly,
        Self::WriteAtMoves,
        Self::SetLenMoves,
        Self::EndIsTheStart,
        Self::BufferIsNotGivenBack,
        Self::WriterDropsItsTail,
        Self::CopyForgetsTheMode,
        Self::RenameDoesNotReplace,
        Self::LinksAreFollowed,
        Self::ModesAreIgnored,
        Self::ListingsEndEarly,
        Self::OneTimeIsForgotten,
        Self::FlagsAreIgnored,
        Self::CreateKeeps,
        Self::NumbersAreOthers,
        Self::RunPanics,
        Self::DropPanics,
    ];

    /// Whether it is made after an operation was dropped.
    pub fn is_of_a_drop(self) -> bool {
        matches!(
            self,
            Self::DroppedReadIsLost | Self::DroppedErrorIsLost | Self::DroppedWriteComesTwice
        )
    }
}
