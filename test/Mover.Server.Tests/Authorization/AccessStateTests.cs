using System.Collections.Immutable;
using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Access;
using Mover.Server.Authorization;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Sqlite;
using Mover.State.Tests;

namespace Mover.Server.Tests.Authorization;

/// <summary>The rights in memory, when news of the store arrive late, doubled or in another order.</summary>
public sealed class AccessStateTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-access-").FullName;
    private InterruptedStore _store = null!;
    private DocumentStore _documents = null!;
    private AccessState _access = null!;

    public Task InitializeAsync()
    {
        _store = new(SqliteStateStore.Open(
            new() { Path = Path.Combine(_folder, "state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance));
        _documents = new(_store);
        _access = new(_store, TimeProvider.System, NullLogger<AccessState>.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_slow_read_does_not_bring_back_what_the_watch_has_told_is_gone()
    {
        var revision = await LoadAsync();
        var key = await GiveAsync();
        _store.AfterList(prefix => prefix == key.Stored, () => DeleteAndFollowAsync(key, revision));

        await _access.RefreshAsync(key, CancellationToken.None);

        Assert.Empty((await _access.CurrentAsync(CancellationToken.None)).Assignments);
    }

    [Fact]
    public async Task A_slow_listing_does_not_undo_what_was_read_since()
    {
        var key = await GiveAsync();
        _store.AfterList(prefix => prefix == AccessState.Prefixes[0], async () =>
        {
            await DeleteAsync(key);
            await _access.RefreshAsync(key, CancellationToken.None);
        });

        await LoadAsync();

        Assert.Empty((await _access.CurrentAsync(CancellationToken.None)).Assignments);
    }

    [Fact]
    public async Task A_listing_that_is_read_again_drops_what_was_deleted_in_between()
    {
        var key = await GiveAsync();
        await LoadAsync();
        await DeleteAsync(key);
        _access.Lose();

        await LoadAsync();

        Assert.Empty((await _access.CurrentAsync(CancellationToken.None)).Assignments);
    }

    [Fact]
    public async Task Stale_rights_are_not_used_until_the_watch_recovers()
    {
        var clock = new MovedClock();
        var access = new AccessState(_store, clock, NullLogger<AccessState>.Instance);
        foreach (var prefix in AccessState.Prefixes)
        {
            await access.LoadAsync(prefix, CancellationToken.None);
        }

        access.Ready();
        clock.Now += AccessState.StaleAfter;
        var fresh = access.IsFollowed;
        clock.Now += TimeSpan.FromMilliseconds(1);
        access.Apply(AccessState.Prefixes[0], new([], 1, clock.GetTimestamp()));
        var (stale, before) = (!access.IsFollowed, access.Doubted);
        var waits = Task.WhenAll(access.CurrentAsync(CancellationToken.None).AsTask(), access.CurrentAsync(CancellationToken.None).AsTask());
        var (stillWaits, doubted, doubtedAgain) = (!waits.IsCompleted, before.IsCancellationRequested, access.Doubted.IsCancellationRequested);
        access.Apply(AccessState.Prefixes[1], new([], 1, clock.GetTimestamp()));
        await waits;

        Assert.True(fresh);
        Assert.True(stale);
        Assert.True(stillWaits);
        Assert.Equal((true, false), (doubted, doubtedAgain));
    }

    [Fact]
    public async Task A_silent_watch_is_restarted_by_the_first_request_that_notices()
    {
        var clock = new MovedClock();
        await using var server = await TestServer.StartAsync(
            options => options with
            {
                Store = new("sqlite", async (host, cancel) => new SilentStore(await StateEngine.Sqlite.OpenAsync(host, cancel))),
            },
            clock);
        await server.CreateGroupAsync();

        for (var at = 0; at < 3; at++)
        {
            clock.Now += AccessState.StaleAfter + TimeSpan.FromSeconds(1);

            Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(server.Mover())).StatusCode);
        }
    }

    [Fact]
    public void What_a_later_page_has_shown_as_gone_does_not_come_back_by_the_watch()
    {
        var known = new KnownRevisions();
        known.StartListing();
        known.Listed("m", 4);
        known.Listed(null, 9);

        Assert.False(known.TakeChange("z", 5));
        Assert.True(known.TakeChange("a", 5));
        Assert.False(known.TakeChange("z", 7));
        Assert.True(known.TakeChange("z", 10));
    }

    [Fact]
    public void The_cache_converges_on_the_store_whatever_the_event_order()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var (known, cached) = (new KnownRevisions(), ImmutableDictionary<string, long>.Empty);
            var history = Enumerable.Range(1, 40).Select(revision => (Key: "abc"[random.Next(3)].ToString(), Revision: (long)revision)).ToList();
            var watched = 0;
            while (watched < history.Count)
            {
                var now = random.Next(watched, history.Count + 1);
                var key = "abc"[random.Next(3)].ToString();
                var (isRead, at) = (random.Next(2) == 0, random.Next(0, now + 1));
                var (changed, revision) = isRead ? (key, at) : history[watched++];
                var value = isRead ? history.Take(at).LastOrDefault(change => change.Key == key).Revision : revision;
                if (isRead ? known.TakeRead(changed, revision) : known.TakeChange(changed, revision))
                {
                    Assert.True(value >= cached.GetValueOrDefault(changed), $"seed {seed}");
                    cached = cached.SetItem(changed, value);
                }
            }

            Assert.All(cached, pair => Assert.True(pair.Value == history.Last(change => change.Key == pair.Key).Revision, $"seed {seed}"));
        }
    }

    private async Task<long> LoadAsync()
    {
        var revision = await _access.LoadAsync(AccessState.Prefixes[0], CancellationToken.None);
        await _access.LoadAsync(AccessState.Prefixes[1], CancellationToken.None);
        _access.Ready();
        return revision;
    }

    private async Task<DocumentKey> GiveAsync()
    {
        var made = new RoleAssignment
        {
            Name = Guid.NewGuid().ToString(),
            Scope = "/",
            Role = BuiltInRoles.Reader.Name,
            PrincipalId = Guid.NewGuid().ToString(),
            PrincipalType = "User",
        };
        await _documents.CommitAsync([.. RoleAssignments.NewWrites(made)], Stamp(), CancellationToken.None);
        return DocumentKey.Internal([AccessState.AssignmentsArea, .. made.Id.Split('/', StringSplitOptions.RemoveEmptyEntries)]);
    }

    private async Task DeleteAsync(DocumentKey key) =>
        Assert.Equal(DeleteOutcome.Deleted, await _documents.DeleteAsync(key, default, Stamp(), CancellationToken.None));

    private async Task DeleteAndFollowAsync(DocumentKey key, long revision)
    {
        await DeleteAsync(key);
        await foreach (var seen in _store.WatchAsync(key.Stored, revision, CancellationToken.None))
        {
            _access.Apply(AccessState.Prefixes[0], seen);
            if (seen.Changes.Any(change => change.Entry is null))
            {
                return;
            }
        }
    }

    private static WriteStamp Stamp() => new("test", "User", DateTimeOffset.UtcNow, Guid.NewGuid().ToString());

    // Only its time is the test's; what waits waits for real.
    private sealed class MovedClock : TimeProvider
    {
        public TimeSpan Now { get; set; } = TimeSpan.FromDays(1);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }

    // Each watch says how far it has seen when it begins, and then nothing more.
    private sealed class SilentStore(IStateStore inner) : PassingStore(inner)
    {
        public override async IAsyncEnumerable<StateChanges> WatchAsync(
            string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancel)
        {
            await foreach (var seen in Inner.WatchAsync(prefix, afterRevision, cancel))
            {
                yield return seen;
                if (seen.AsOf is not null)
                {
                    break;
                }
            }

            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
        }
    }
}
