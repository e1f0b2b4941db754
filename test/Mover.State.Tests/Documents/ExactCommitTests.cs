using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State.Documents;
using Mover.State.Sqlite;

namespace Mover.State.Tests.Documents;

/// <summary>No caller sees an unknown outcome: nothing acknowledged is lost, nothing applied twice, nothing refused that was applied.</summary>
public sealed partial class ExactCommitTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TempFolder _folder = new();
    private SqliteStateStore _engine = null!;

    public Task InitializeAsync()
    {
        _engine = SqliteStateStore.Open(
            new() { Path = _folder.File("state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _engine.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task Every_increment_counts_once_whatever_the_store_forgets_to_say(int seed, bool isRoutine)
    {
        const int Writers = 4;
        const int Each = 30;
        var forgetful = new ForgetfulStore(_engine, seed, share: 0.3);
        var id = ResourceId.OfGroup("s", "g");
        await new DocumentStore(_engine).PutAsync(id, new Counter(0), CounterJson.Default.Counter, DocumentCondition.Absent, Stamp(isRoutine), None);

        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            var store = new DocumentStore(forgetful);
            for (var at = 0; at < Each; at++)
            {
                await store.UpdateAsync(id, CounterJson.Default.Counter, found => new(found.Value.Count + 1), Stamp(isRoutine), None);
            }
        })));

        Assert.Equal(Writers * Each, (await new DocumentStore(_engine).GetAsync(id, CounterJson.Default.Counter, None))?.Value.Count);
        Assert.All(forgetful.Untold, times => Assert.NotEqual(0, times));
        if (!isRoutine)
        {
            var versions = (await new AuditLog(_engine).ListAsync(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, None).ToListAsync())
                .SelectMany(record => record.Changes).Select(change => change.Version).Order();
            Assert.Equal(Enumerable.Range(1, (Writers * Each) + 1).Select(at => (long)at), versions);
        }
    }

    // A document that is made and deleted again and again is where a late commit could come back to life: its key is absent time after time.
    [Theory]
    [InlineData(11, false)]
    [InlineData(12, true)]
    public async Task A_creation_that_was_answered_as_refused_never_happens_later(int seed, bool isRoutine)
    {
        var forgetful = new ForgetfulStore(_engine, seed, share: 0.3);
        var id = ResourceId.OfGroup("s", "g");
        var (made, deleted) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var store = new DocumentStore(forgetful);
            for (var at = 0; at < 30; at++)
            {
                if (await store.PutAsync(id, new Counter(at), CounterJson.Default.Counter, DocumentCondition.Absent, Stamp(isRoutine), None) is not null)
                {
                    Interlocked.Increment(ref made);
                }

                if (await store.DeleteAsync(id, DocumentCondition.Always, Stamp(isRoutine), None) == DeleteOutcome.Deleted)
                {
                    Interlocked.Increment(ref deleted);
                }
            }
        })));

        var left = await new DocumentStore(_engine).GetInfoAsync(id, None) is null ? 0 : 1;
        Assert.InRange(made, 1, 120);
        Assert.Equal(made, deleted + left);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.5)]
    public async Task A_commit_that_only_checks_is_refused_when_what_was_read_has_changed_and_only_then(double share)
    {
        var store = new DocumentStore(new ForgetfulStore(_engine, 21, share));
        var id = ResourceId.OfGroup("s", "g");
        for (var at = 0; at < 20; at++)
        {
            var read = await store.PutAsync(id, new Counter(at), CounterJson.Default.Counter, default, Stamp(isRoutine: false), None);
            var check = DocumentWrite.Check(id, DocumentCondition.Unchanged(read!.Info));

            var holds = await store.CommitAsync([check], Stamp(isRoutine: false), None);
            await store.PutAsync(id, new Counter(-1), CounterJson.Default.Counter, default, Stamp(isRoutine: false), None);
            var fails = await store.CommitAsync([check], Stamp(isRoutine: false), None);

            Assert.Equal((true, 0), (holds.Committed, fails.FailedWrite));
        }
    }

    [Fact]
    public async Task A_store_that_stays_silent_is_told_as_an_unknown_outcome_with_what_to_do()
    {
        var clock = new TestClock();
        var store = new DocumentStore(new ForgetfulStore(_engine, 1, share: 1.0), clock);
        var put = store.PutAsync(
            ResourceId.OfGroup("s", "g"), new Counter(0), CounterJson.Default.Counter, default, Stamp(isRoutine: false), None).AsTask();

        while (!put.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.WhenAny(put, Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, None));
        }

        var fault = await Assert.ThrowsAsync<StateException>(() => put);
        Assert.Equal(StateFault.OutcomeUnknown, fault.Fault);
        Assert.Contains("Read the resource again before you retry.", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slots_of_writers_that_are_gone_are_tidied_and_a_living_writer_works_on()
    {
        var store = new DocumentStore(_engine);
        var id = ResourceId.OfGroup("s", "g");
        await store.PutAsync(id, new Counter(0), CounterJson.Default.Counter, default, Stamp(isRoutine: true), None);

        var young = await store.TidyAsync(Stamp(true).At, None);
        var old = await store.TidyAsync(Stamp(true).At.AddTicks(1), None);
        await store.PutAsync(id, new Counter(1), CounterJson.Default.Counter, default, Stamp(isRoutine: false), None);

        Assert.Equal((0, 1), (young, old));
        Assert.Empty((await _engine.ListAsync("commits/", null, 1, None)).Entries);
    }

    [Fact]
    public async Task A_slot_that_was_tidied_under_a_living_writer_costs_it_no_write()
    {
        var store = new DocumentStore(_engine);
        var id = ResourceId.OfGroup("s", "g");
        await store.PutAsync(id, new Counter(0), CounterJson.Default.Counter, default, Stamp(isRoutine: true), None);
        var tidied = await store.TidyAsync(DateTimeOffset.MaxValue, None);

        await store.PutAsync(id, new Counter(1), CounterJson.Default.Counter, default, Stamp(isRoutine: true), None);

        Assert.Equal(1, tidied);
        Assert.Equal(1, (await store.GetAsync(id, CounterJson.Default.Counter, None))?.Value.Count);
    }

    internal static WriteStamp Stamp(bool isRoutine) => new("w", "User", DateTimeOffset.UnixEpoch.AddDays(1), "c", isRoutine);

    internal sealed record Counter(int Count);

    [JsonSerializable(typeof(Counter))]
    internal sealed partial class CounterJson : JsonSerializerContext;
}
