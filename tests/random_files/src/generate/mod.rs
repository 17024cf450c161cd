//! Which programs there are, as proptest's strategies.
//!
//! The first of each choice is the simplest: a failure shrinks towards it. `opens.rs` has the
//! options of what is opened.

mod opens;

use crate::places;
use crate::program::*;
use opens::{options, options_to_use};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use std::io::SeekFrom;

/// One strand, whose dropped operations are stopped where the program says.
pub fn alone() -> BoxedStrategy<Program> {
    program(strand(1..20).prop_map(|steps| vec![steps]).boxed())
}

/// Several at once, on three workers.
pub fn together() -> BoxedStrategy<Program> {
    program(vec(strand(1..10), 2..4).boxed())
}

fn program(strands: BoxedStrategy<Vec<Vec<Step>>>) -> BoxedStrategy<Program> {
    let flags = (any::<bool>(), any::<bool>(), proptest::bool::weighted(0.1));
    (flags, strands)
        .prop_map(|((pool, ends_early, is_bare), strands)| Program {
            pool,
            ends_early,
            is_bare,
            strands,
        })
        .boxed()
}

/// Some files that are open, then anything.
fn strand(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let opened = vec((options_to_use(), place()), 0..4).prop_map(|opened| {
        let steps = opened.into_iter().enumerate();
        let step = |(slot, (options, place))| Step {
            op: Op::Open(slot, options, place),
            way: Way::Awaited,
        };
        steps.map(step).collect::<Vec<_>>()
    });
    let one = step().prop_map(|step| vec![step]);
    let passage = prop_oneof![12 => one, 2 => burst(), 1 => ahead()];
    (opened, vec(passage, length)).prop_map(|(mut steps, more)| {
        steps.extend(more.into_iter().flatten());
        steps
    })
}

/// Operations of one file or two, one dropped after the other, before a worker has done any.
fn burst() -> impl Strategy<Value = Vec<Step>> {
    let dropped = (
        0..2usize,
        prop_oneof![6 => Just(0u8), 1 => Just(1)],
        file_op(),
    );
    vec(dropped, 2..5).prop_map(|dropped| {
        let step = |(slot, stages, op)| Step {
            op: Op::On(slot, op),
            way: Way::Dropped {
                stages,
                drain: false,
            },
        };
        dropped.into_iter().map(step).collect()
    })
}

/// A read that was dropped, and something else of the same file, which may be a buffer.
fn ahead() -> impl Strategy<Value = Vec<Step>> {
    let other = prop_oneof![
        1 => file_op(),
        1 => (capacity(), vec(buf_op(), 1..6)).prop_map(|(room, ops)| FileOp::Buffered(room, ops)),
    ];
    (0..2usize, length(), other).prop_map(|(slot, count, other)| {
        let (stages, drain) = (0, true);
        let read = Step {
            op: Op::On(slot, FileOp::Read(count)),
            way: Way::Dropped { stages, drain },
        };
        let way = Way::Awaited;
        let op = Op::On(slot, other);
        vec![read, Step { way, op }]
    })
}

/// What is often there.
fn place() -> impl Strategy<Value = Place> {
    prop_oneof![4 => Just(0u8), 2 => Just(1), 2 => Just(4), 1 => Just(2), 1 => Just(8)]
}

fn step() -> impl Strategy<Value = Step> {
    (way(), op()).prop_map(|(way, op)| Step { way, op })
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        5 => Just(Way::Awaited),
        1 => Just(Way::InATask),
        4 => (prop_oneof![4 => Just(0u8), 2 => Just(1), 1 => 2..5u8], any::<bool>())
            .prop_map(|(stages, drain)| Way::Dropped { stages, drain }),
    ]
}

fn op() -> BoxedStrategy<Op> {
    let slot = || prop_oneof![4 => Just(0usize), 2 => Just(1), 1 => Just(2)];
    Union::new_weighted(vec![
        (
            24,
            (slot(), file_op())
                .prop_map(|(slot, op)| Op::On(slot, op))
                .boxed(),
        ),
        (10, path_op().prop_map(Op::Path).boxed()),
        (
            4,
            (slot(), options_to_use(), place())
                .prop_map(|(slot, options, place)| Op::Open(slot, options, place))
                .boxed(),
        ),
        (
            2,
            (slot(), options(), 0..places::ALL)
                .prop_map(|(slot, options, place)| Op::Open(slot, options, place))
                .boxed(),
        ),
        (
            2,
            (slot(), slot())
                .prop_map(|(from, to)| Op::Clone(from, to))
                .boxed(),
        ),
        (
            1,
            (slot(), 0..SLOTS)
                .prop_map(|(from, to)| Op::Stream(from, to))
                .boxed(),
        ),
        (1, slot().prop_map(Op::Close).boxed()),
        (2, of_devices()),
    ])
    .boxed()
}

/// Bounded reads only, since two of them never end; and nothing that would change them.
fn of_devices() -> BoxedStrategy<Op> {
    let open = (options_to_use(), any::<u8>())
        .prop_map(|(options, device)| Op::Open(DEVICE, options, places::device(device)));
    prop_oneof![
        2 => open,
        1 => length().prop_map(|count| Op::On(DEVICE, FileOp::Read(count))),
        1 => length().prop_map(|count| Op::On(DEVICE, FileOp::ReadExact(count))),
        3 => data().prop_map(|data| Op::On(DEVICE, FileOp::Write(data))),
        1 => data().prop_map(|data| Op::On(DEVICE, FileOp::WriteAll(data))),
        1 => seek_from().prop_map(|to| Op::On(DEVICE, FileOp::Seek(to))),
        2 => Just(Op::On(DEVICE, FileOp::Flush)),
        1 => Just(Op::On(DEVICE, FileOp::Std)),
        3 => polled().prop_map(|op| Op::On(DEVICE, FileOp::Polled(op))),
        1 => (0..2u8).prop_map(places::device)
            .prop_flat_map(|at| data().prop_map(move |data| Op::Path(PathOp::Write(at, data)))),
        1 => Just(Op::Path(PathOp::Read(places::device(3)))),
    ]
    .boxed()
}

fn mode() -> impl Strategy<Value = u32> {
    select(&[0o644u32, 0o600, 0o755, 0o444, 0o222, 0o311, 0, 0o7777][..])
}

/// Small ones mostly; some about the sizes that mean something to somebody: a page, the
/// least that reading to the end asks for, what a first try copies; and more than a file
/// may have (`ground/limits.rs`).
fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        30 => 1..20usize,
        2 => Just(0),
        6 => 20..1_500usize,
        2 => 4_094..4_099usize,
        1 => 65_534..65_539usize,
        1 => 131_070..131_075usize,
        1 => Just(300_000usize),
    ]
}

fn data() -> impl Strategy<Value = Data> {
    (length(), any::<u8>()).prop_map(|(length, tag)| Data { length, tag })
}

fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![
        20 => 0..30u64,
        4 => 30..5_000u64,
        1 => 399_990..400_010u64,
        1 => select(&[u64::MAX, i64::MAX as u64, i64::MAX as u64 - 3, 1 << 63, 1 << 44][..]),
    ]
}

fn seek_from() -> impl Strategy<Value = SeekFrom> {
    let by = || {
        prop_oneof![
            20 => -25..25i64,
            3 => -5_000..5_000i64,
            1 => select(&[i64::MIN, i64::MAX, i64::MIN + 1][..]),
        ]
    };
    prop_oneof![
        3 => offset().prop_map(SeekFrom::Start),
        3 => by().prop_map(SeekFrom::Current),
        2 => by().prop_map(SeekFrom::End),
    ]
}

fn file_op() -> BoxedStrategy<FileOp> {
    use FileOp::*;
    let reads = prop_oneof![
        6 => length().prop_map(Read),
        2 => length().prop_map(ReadExact),
        2 => Just(ReadToEnd),
        1 => Just(ReadToString),
        2 => (length(), offset()).prop_map(|(count, at)| ReadAt(count, at)),
        1 => vec((length(), offset()), 2..5).prop_map(ReadsAt),
    ];
    let writes = prop_oneof![
        6 => data().prop_map(Write),
        2 => data().prop_map(WriteAll),
        2 => vec(data(), 0..4).prop_map(WriteVectored),
        2 => (data(), offset()).prop_map(|(data, at)| WriteAt(data, at)),
    ];
    let seeks = prop_oneof![
        4 => seek_from().prop_map(Seek),
        1 => Just(Rewind),
        1 => Just(Position),
    ];
    let control = prop_oneof![
        2 => Just(Flush),
        3 => prop_oneof![5 => 0..40u64, 1 => offset()].prop_map(SetLen),
        3 => Just(Metadata),
        1 => prop_oneof![Just(SyncAll), Just(SyncData)],
        2 => mode().prop_map(SetPermissions),
        1 => time().prop_map(SetModified),
        1 => (option::of(time()), option::of(time()))
            .prop_map(|(read, written)| SetTimes(read, written)),
        2 => select(&[32usize, 100, 4_096, 65_536][..]).prop_map(SetMaxBufSize),
        2 => Just(Std),
        2 => Just(TryStd),
    ];
    Union::new_weighted(vec![
        (6, reads.boxed()),
        (6, writes.boxed()),
        (3, seeks.boxed()),
        (3, control.boxed()),
        (4, polled().prop_map(Polled).boxed()),
        (
            1,
            (capacity(), vec(buf_op(), 1..6))
                .prop_map(|(room, ops)| Buffered(room, ops))
                .boxed(),
        ),
        (
            1,
            (capacity(), vec(write_op(), 1..6))
                .prop_map(|(room, ops)| Writer(room, ops))
                .boxed(),
        ),
    ])
    .boxed()
}

fn polled() -> BoxedStrategy<Polled> {
    // The same again and again, so that the next asks for what a dropped one has begun.
    let again = select(&[Data { length: 5, tag: 1 }, Data { length: 9, tag: 1 }][..]);
    prop_oneof![
        4 => prop_oneof![length(), Just(5usize)].prop_map(Polled::Read),
        2 => data().prop_map(Polled::Write),
        3 => again.prop_map(Polled::Write),
        1 => Just(Polled::Flush),
        2 => seek_from().prop_map(Polled::Seek),
        2 => select(&[SeekFrom::Start(3), SeekFrom::End(-2)][..]).prop_map(Polled::Seek),
    ]
    .boxed()
}

/// Of those that every file system can write down.
fn time() -> impl Strategy<Value = u32> {
    any::<u32>().prop_map(|seconds| seconds / 2)
}

fn capacity() -> impl Strategy<Value = usize> {
    prop_oneof![4 => 1..30usize, 1 => Just(8_192usize)]
}

fn buf_op() -> impl Strategy<Value = BufOp> {
    use BufOp::*;
    let end = || prop_oneof![Just(b'\n'), Just(b'e')];
    prop_oneof![
        3 => (length(), any::<bool>()).prop_map(|(count, is)| Read(count, is)),
        2 => (end(), any::<bool>()).prop_map(|(end, is)| ReadUntil(end, is)),
        2 => any::<bool>().prop_map(ReadLine),
        2 => any::<bool>().prop_map(NextLine),
        2 => (0..10usize, any::<bool>()).prop_map(|(count, is)| Fill(count, is)),
        1 => seek_from().prop_map(Seek),
        1 => Just(Position),
        2 => length().prop_map(Past),
    ]
}

fn write_op() -> impl Strategy<Value = WriteOp> {
    prop_oneof![
        4 => data().prop_map(WriteOp::Write),
        2 => data().prop_map(WriteOp::WriteAll),
        1 => Just(WriteOp::Flush),
    ]
}

fn path_op() -> BoxedStrategy<PathOp> {
    use PathOp::*;
    let at = || prop_oneof![6 => place(), 4 => 0..places::PLAIN, 1 => 0..places::ALL];
    let contents = prop_oneof![
        2 => at().prop_map(Read),
        1 => at().prop_map(ReadToString),
        4 => (at(), data()).prop_map(|(at, data)| Write(at, data)),
        2 => (at(), at()).prop_map(|(from, to)| Copy(from, to)),
    ];
    let names = prop_oneof![
        3 => (at(), at()).prop_map(|(from, to)| Rename(from, to)),
        2 => at().prop_map(RemoveFile),
        2 => (at(), at()).prop_map(|(from, to)| HardLink(from, to)),
        3 => (any::<u8>(), at()).prop_map(|(text, at)| Symlink(text, at)),
        1 => Just(ReadLink(8)),
        1 => at().prop_map(ReadLink),
        1 => at().prop_map(Canonicalize),
    ];
    let known = prop_oneof![
        1 => at().prop_map(Metadata),
        1 => at().prop_map(SymlinkMetadata),
        1 => at().prop_map(TryExists),
        1 => (at(), mode()).prop_map(|(at, mode)| SetPermissions(at, mode)),
    ];
    let directories = prop_oneof![
        2 => at().prop_map(CreateDir),
        2 => at().prop_map(CreateDirAll),
        1 => (at(), any::<bool>(), mode()).prop_map(|(at, all, mode)| BuildDir(at, all, mode)),
        1 => (3..8u8).prop_map(CreateDir),
        1 => at().prop_map(RemoveDir),
        1 => (3..7u8).prop_map(RemoveDir),
        1 => (3..7u8).prop_map(RemoveDirAll),
        1 => at().prop_map(RemoveDirAll),
        2 => Just(List(3)),
        1 => at().prop_map(List),
        1 => (prop_oneof![2 => Just(3u8), 1 => at()], prop_oneof![5 => 0..5u16, 1 => 60..300u16])
            .prop_map(|(at, count)| Fill(at, count)),
    ];
    Union::new_weighted(vec![
        (3, contents.boxed()),
        (3, names.boxed()),
        (2, known.boxed()),
        (4, directories.boxed()),
    ])
    .boxed()
}
