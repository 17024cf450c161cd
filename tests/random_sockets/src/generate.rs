//! Which conversations there are, as proptest's strategies.

use crate::door::{self, Door, Guest, House};
use crate::mail::{self, FAR_TOO_LONG, Late, Mail, Post, ReceiveBy, SendBy, TOO_LONG};
use crate::talk::{After, Flow, Held, Leave, Link, Meanwhile, Phase, Put, Take, Talk};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

/// Mostly small; some fill the buffers of small sockets, and few those of others.
fn length() -> impl Strategy<Value = u32> {
    prop_oneof![20 => 1..40u32, 10 => 40..5_000u32, 3 => 5_000..30_000u32, 1 => 30_000..300_000u32]
}

fn parts() -> impl Strategy<Value = u8> {
    1..6u8
}

fn polls() -> impl Strategy<Value = u8> {
    1..4u8
}

fn put() -> BoxedStrategy<Put> {
    prop_oneof![
        4 => length().prop_map(Put::All),
        3 => length().prop_map(Put::Some),
        2 => (length(), parts()).prop_map(|(length, parts)| Put::Vectored(length, parts)),
        2 => length().prop_map(Put::Try),
        1 => (length(), parts()).prop_map(|(length, parts)| Put::TryVectored(length, parts)),
        4 => (length(), polls()).prop_map(|(length, polls)| Put::Dropped(length, polls)),
        1 => (length(), 1..300u16).prop_map(|(length, piece)| Put::Buffered(length, piece)),
        1 => length().prop_map(Put::Copied),
        3 => Just(Put::Urgent),
        3 => (1..60u8, 1..=3u8).prop_map(|(length, count)| Put::Rights(length, count)),
        1 => Just(Put::Nothing),
        2 => Just(Put::Spend),
    ]
    .boxed()
}

fn take() -> BoxedStrategy<Take> {
    prop_oneof![
        4 => length().prop_map(Take::Some),
        3 => length().prop_map(Take::Exact),
        2 => length().prop_map(Take::Buf),
        3 => length().prop_map(Take::Try),
        1 => (length(), parts()).prop_map(|(length, parts)| Take::TryVectored(length, parts)),
        2 => length().prop_map(Take::Peek),
        4 => (length(), polls()).prop_map(|(length, polls)| Take::Dropped(length, polls)),
        1 => length().prop_map(Take::Limited),
        1 => length().prop_map(Take::Buffered),
        1 => Just(Take::Nothing),
        2 => Just(Take::Spend),
    ]
    .boxed()
}

fn flow() -> impl Strategy<Value = Flow> {
    let shut = prop::bool::weighted(0.15);
    let left = prop_oneof![2 => Just(0), 1 => 1..800u16];
    let with_rights = prop::bool::weighted(0.3);
    (vec(put(), 0..4), shut, vec(take(), 0..4), left, with_rights).prop_map(
        |(puts, shut, takes, left, with_rights)| Flow {
            puts,
            shut,
            takes,
            left,
            with_rights,
        },
    )
}

fn held() -> impl Strategy<Value = Held> {
    select(vec![
        Held::Whole,
        Held::Split,
        Held::IntoSplit,
        Held::IoSplit,
    ])
}

fn phase() -> impl Strategy<Value = Phase> {
    let flow = || option::weighted(0.7, flow());
    (flow(), flow(), held(), held()).prop_map(|(first, second, one, two)| Phase {
        flows: [first, second],
        held: [one, two],
    })
}

fn after() -> BoxedStrategy<After> {
    let little = || 1..500u16;
    let weighted = vec![
        (3, little().prop_map(After::Read).boxed()),
        (3, little().prop_map(After::Write).boxed()),
        (2, little().prop_map(After::TryRead).boxed()),
        (2, little().prop_map(After::TryWrite).boxed()),
        (1, little().prop_map(After::Peek).boxed()),
        (1, Just(After::Shutdown).boxed()),
        (1, Just(After::Readable).boxed()),
        (1, Just(After::Writable).boxed()),
    ];
    Union::new_weighted(weighted).boxed()
}

fn leave() -> impl Strategy<Value = Leave> {
    let meanwhile = prop_oneof![
        2 => Just(Meanwhile::Waits),
        2 => Just(Meanwhile::Reads),
        1 => Just(Meanwhile::Writes),
    ];
    (any::<bool>(), any::<bool>(), meanwhile, vec(after(), 0..6)).prop_map(
        |(second, reset, meanwhile, after)| Leave {
            second,
            reset,
            meanwhile,
            after,
        },
    )
}

pub fn unix() -> BoxedStrategy<Link> {
    prop_oneof![
        2 => Just(Link::UnixPair),
        1 => Just(Link::UnixPath),
        1 => Just(Link::UnixAbstract),
    ]
    .boxed()
}

pub fn tcp() -> BoxedStrategy<Link> {
    any::<bool>()
        .prop_map(|inline| Link::Tcp { inline })
        .boxed()
}

pub fn pipes() -> BoxedStrategy<Link> {
    prop_oneof![Just(Link::Pipe), Just(Link::Fifo)].boxed()
}

pub fn talk(link: BoxedStrategy<Link>) -> BoxedStrategy<Talk> {
    let leave = option::weighted(0.6, leave());
    (link, any::<bool>(), vec(phase(), 0..5), leave)
        .prop_map(|(link, small, phases, leave)| Talk {
            link,
            small,
            phases,
            leave,
        })
        .boxed()
}

/// Nothing, little, much, the most that there may be, and too much.
fn datagram() -> impl Strategy<Value = u32> {
    let edges = vec![TOO_LONG - 1, TOO_LONG, FAR_TOO_LONG];
    prop_oneof![2 => Just(0), 8 => 1..2_000u32, 1 => 2_000..60_000u32, 1 => select(edges)]
}

/// Often less than comes, so that it is cut short.
fn room() -> impl Strategy<Value = u32> {
    prop_oneof![1 => Just(0), 6 => 1..2_000u32, 2 => Just(TOO_LONG - 1)]
}

fn post_step() -> BoxedStrategy<mail::Draw> {
    use mail::Draw::*;
    let sent = select(vec![
        SendBy::Send,
        SendBy::TrySend,
        SendBy::Poll,
        SendBy::Spent,
    ]);
    let received = prop_oneof![
        8 => select(vec![
            ReceiveBy::Receive,
            ReceiveBy::From,
            ReceiveBy::Try,
            ReceiveBy::TryFrom,
            ReceiveBy::Buf,
            ReceiveBy::BufFrom,
            ReceiveBy::Spent,
        ]),
        2 => polls().prop_map(ReceiveBy::Dropped),
    ];
    let end = || 0..2u8;
    prop_oneof![
        6 => (end(), datagram(), sent).prop_map(|(from, length, by)| Send { from, length, by }),
        2 => (end(), 0..2_000u32).prop_map(|(to, length)| Stranger { to, length }),
        7 => (end(), room(), received).prop_map(|(at, room, by)| Receive { at, room, by }),
        1 => end().prop_map(|end| Connect { end }),
        1 => end().prop_map(|at| Nothing { at }),
    ]
    .boxed()
}

pub fn mail() -> BoxedStrategy<Mail> {
    let late = prop_oneof![
        2 => (0..500u16).prop_map(Late::Send),
        2 => (0..500u16).prop_map(Late::TrySend),
        3 => Just(Late::Receive),
        1 => Just(Late::TryReceive),
    ];
    let post = select(vec![Post::Udp, Post::UnixPair, Post::UnixPath]);
    (post, vec(post_step(), 0..14), vec(late, 0..6))
        .prop_map(|(post, draws, late)| Mail { post, draws, late })
        .boxed()
}

pub fn door() -> BoxedStrategy<Door> {
    use door::Draw::*;
    let house = select(vec![House::Tcp, House::UnixPath, House::UnixNarrow]);
    let guest = select(vec![Guest::Stays, Guest::Goes, Guest::Resets]);
    let step = prop_oneof![
        3 => vec(guest, 1..4).prop_map(Knock),
        3 => Just(Accept),
        2 => polls().prop_map(AcceptAgain),
        2 => Just(AcceptAll),
        1 => Just(Nobody),
    ];
    (house, vec(step, 0..8), 0..3u8)
        .prop_map(|(house, draws, late)| Door { house, draws, late })
        .boxed()
}
