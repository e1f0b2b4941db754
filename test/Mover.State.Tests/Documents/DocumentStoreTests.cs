using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State.Documents;
using Mover.State.Sqlite;

namespace Mover.State.Tests.Documents;

public sealed partial class DocumentStoreTests : IAsyncLifetime
{
    private static readonly ResourceId Mover = ResourceId.OfGroup("s1", "Group").Provider("Microsoft.StorageMover/storageMovers", "Mover1");
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TempFolder _folder = new();

    public DocumentStoreTests()
    {
        State = SqliteStateStore.Open(new() { Path = _folder.File("state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance);
        Store = new(State);
    }

    private SqliteStateStore State { get; }

    private DocumentStore Store { get; }

    [Fact]
    public async Task A_new_document_is_at_version_one_with_its_stamp_as_creation_and_modification()
    {
        var saved = await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);

        var read = await Store.GetAsync(Mover, Json.Default.Thing, None);
        Assert.Equal(saved, read);
        Assert.Equal(1, read?.Version);
        Assert.Equal(Stamp(1), read?.Info.Created);
        Assert.Equal(Stamp(1), read?.Info.Modified);
    }

    [Fact]
    public async Task A_document_with_a_flipped_byte_is_a_fault_that_names_it()
    {
        await Store.PutAsync(Mover, new Thing("plain"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);
        var stored = (await State.GetAsync(DocumentKey.Of(Mover).Stored, None))!;
        var text = System.Text.Encoding.UTF8.GetString(stored.Value.Span);
        var flipped = System.Text.Encoding.UTF8.GetBytes(text.Replace("plain", "plaim", StringComparison.Ordinal));
        await State.CommitAsync([], [new(stored.Key, flipped)], None);

        var read = await Assert.ThrowsAsync<StateException>(async () => await Store.GetAsync(Mover, Json.Default.Thing, None));
        var info = await Assert.ThrowsAsync<StateException>(async () => await Store.GetInfoAsync(Mover, None));
        var written = await Assert.ThrowsAsync<StateException>(async () => await Store.PutAsync(
            Mover, new Thing("new"), Json.Default.Thing, DocumentCondition.Always, Stamp(2), None));

        Assert.All([read, info, written], fault => Assert.Equal(StateFault.Damaged, fault.Fault));
        Assert.Contains(stored.Key, read.Message, StringComparison.Ordinal);
        Assert.Contains("backup", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_document_under_another_key_is_a_fault()
    {
        await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);
        var stored = (await State.GetAsync(DocumentKey.Of(Mover).Stored, None))!;
        await State.CommitAsync([], [new(stored.Key + "2", stored.Value)], None);

        var other = Mover.Parent.Provider("Microsoft.StorageMover/storageMovers", "Mover12");
        var fault = await Assert.ThrowsAsync<StateException>(async () => await Store.GetAsync(other, Json.Default.Thing, None));

        Assert.Equal(StateFault.Damaged, fault.Fault);
    }

    [Fact]
    public async Task A_second_write_keeps_the_creation_and_moves_version_tag_and_modification()
    {
        var first = await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);

        var second = await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(2), None);

        Assert.Equal(2, second?.Version);
        Assert.NotEqual(first?.ETag, second?.ETag);
        Assert.Equal(Stamp(1), second?.Info.Created);
        Assert.Equal(Stamp(2), second?.Info.Modified);
    }

    [Fact]
    public async Task A_tag_has_the_shape_that_clients_know_and_carries_the_time_of_the_write()
    {
        var saved = await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(0x10), None);

        Assert.NotNull(saved);
        Assert.Matches(TagShape(), saved.ETag);
        Assert.EndsWith("-000000100000\"", saved.ETag, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_write_into_another_store_makes_the_same_tag()
    {
        using var folder = new TempFolder();
        await using var other = SqliteStateStore.Open(
            new() { Path = folder.File("other.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance);
        await other.CommitAsync([], [new("something", new byte[] { 1 })], None);

        var here = await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);
        var there = await new DocumentStore(other).PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);

        Assert.Equal(here?.ETag, there?.ETag);
    }

    [Fact]
    public async Task A_document_is_found_without_case_and_shows_the_casing_of_its_last_write()
    {
        await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);
        Assert.True(ResourceId.TryParse(Mover.Text.ToUpperInvariant().Replace("/SUBSCRIPTIONS", "/subscriptions", StringComparison.Ordinal), out var shouted));

        var read = await Store.GetAsync(shouted, Json.Default.Thing, None);

        Assert.Equal(Mover.Text, read?.Key.Id.Text);
    }

    [Fact]
    public async Task A_put_with_a_stale_tag_writes_nothing()
    {
        var first = await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Absent, Stamp(1), None);
        await Store.PutAsync(Mover, new Thing("b"), Json.Default.Thing, DocumentCondition.Match(first?.ETag ?? ""), Stamp(2), None);

        var stale = await Store.PutAsync(Mover, new Thing("c"), Json.Default.Thing, DocumentCondition.Match(first?.ETag ?? ""), Stamp(3), None);

        Assert.Null(stale);
        Assert.Equal("b", (await Store.GetAsync(Mover, Json.Default.Thing, None))?.Value.Name);
    }

    [Theory]
    [InlineData(null, null, true, true)]
    [InlineData("*", null, true, false)]
    [InlineData(null, "*", false, true)]
    [InlineData("\"tag\"", null, true, false)]
    [InlineData("\"x\", \"tag\"", null, true, false)]
    [InlineData("\"x\"", null, false, false)]
    [InlineData("W/\"tag\"", null, false, false)]
    [InlineData(null, "\"tag\"", false, true)]
    [InlineData(null, "\"x\"", true, true)]
    [InlineData("\"tag\"", "*", false, false)]
    [InlineData(" ", "", true, true)]
    public void Conditions_read_the_headers_as_the_standard_says(string? ifMatch, string? ifNoneMatch, bool whenStored, bool whenAbsent)
    {
        var condition = DocumentCondition.FromHeaders(ifMatch, ifNoneMatch);

        Assert.Equal(whenStored, condition.Holds(new(Mover, "\"tag\"", 1, Stamp(1), Stamp(1))));
        Assert.Equal(whenAbsent, condition.Holds(null));
    }

    [Fact]
    public async Task A_delete_tells_gone_from_absent_from_refused()
    {
        await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);

        var refused = await Store.DeleteAsync(Mover, DocumentCondition.Match("\"x\""), Stamp(2), None);
        var gone = await Store.DeleteAsync(Mover, DocumentCondition.Always, Stamp(3), None);
        var absent = await Store.DeleteAsync(Mover, DocumentCondition.Always, Stamp(4), None);

        Assert.Equal([DeleteOutcome.ConditionFailed, DeleteOutcome.Deleted, DeleteOutcome.Absent], [refused, gone, absent]);
        Assert.Null(await Store.GetAsync(Mover, Json.Default.Thing, None));
    }

    [Fact]
    public async Task Listing_yields_direct_children_of_the_type_and_passes_over_what_is_below_them()
    {
        await PutAll(
            Mover, Mover.Child("endpoints", "E1"), Mover.Child("endpointsX", "no"), Mover.Child("projects", "p"), Mover.Child("projects", "p-1"),
            Mover.Child("projects", "p.1"), Mover.Child("projects", "p0"), Mover.Child("agents", "a"));
        await PutAll([.. Enumerable.Range(0, 50).Select(run => Mover.Child("projects", "p").Child("jobDefinitions", "d").Child("jobRuns", $"r{run}"))]);

        Assert.Equal(["E1"], await Names(Mover, "endpoints"));
        Assert.Equal(["p", "p-1", "p.1", "p0"], await Names(Mover, "projects"));
        Assert.Equal(50, (await Names(Mover.Child("projects", "p").Child("jobDefinitions", "d"), "jobRuns")).Count);
        Assert.Equal(["Mover1"], await Names(ResourceId.OfGroup("s1", "group"), "Microsoft.StorageMover/storageMovers"));
        Assert.Empty(await Names(ResourceId.OfGroup("s1", "grou"), "Microsoft.StorageMover/storageMovers"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    public async Task Pages_of_any_size_together_hold_every_child_once(int limit)
    {
        var projects = Enumerable.Range(0, 20).Select(at => Mover.Child("projects", $"p{at:D2}")).ToList();
        await PutAll([.. projects, .. projects.Where((_, at) => at % 3 == 0).SelectMany(p => new[] { p.Child("jobDefinitions", "a"), p.Child("jobDefinitions", "b") })]);

        var names = new List<string>();
        string? after = null;
        do
        {
            var page = await Store.ListPageAsync(Mover, "projects", Json.Default.Thing, after, limit, None);
            Assert.InRange(page.Documents.Count, 0, limit);
            names.AddRange(page.Documents.Select(d => d.Value.Name));
            after = page.Next;
        }
        while (after is not null);

        Assert.Equal(projects.Select(p => p.Name), names);
    }

    [Fact]
    public async Task A_commit_of_several_documents_is_all_or_nothing_and_names_the_write_that_failed()
    {
        var queue = DocumentKey.Internal("queue", "agent", "run");
        await PutAll(Mover);

        var refused = await Store.CommitAsync(
            [DocumentWrite.Put(queue, new Thing("q"), Json.Default.Thing), DocumentWrite.Check(Mover, DocumentCondition.Absent)], Stamp(2), None);
        var notThere = await Store.GetAsync(queue, Json.Default.Thing, None);
        var done = await Store.CommitAsync(
            [DocumentWrite.Put(queue, new Thing("q"), Json.Default.Thing, DocumentCondition.Absent), DocumentWrite.Delete(Mover, DocumentCondition.Exists)],
            Stamp(3),
            None);

        Assert.Equal(1, refused.FailedWrite);
        Assert.Null(notThere);
        Assert.True(done.Committed);
        Assert.Equal(1, done.Saved[0]?.Version);
        Assert.Null(await Store.GetAsync(Mover, Json.Default.Thing, None));
    }

    [Fact]
    public async Task Documents_of_the_control_planes_own_are_listed_by_their_place()
    {
        await Store.PutAsync(DocumentKey.Internal("queue", "a1", "r2"), new Thing("r2"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);
        await Store.PutAsync(DocumentKey.Internal("queue", "a1", "r1"), new Thing("r1"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);
        await Store.PutAsync(DocumentKey.Internal("queue", "a10", "r3"), new Thing("r3"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);

        var page = await Store.ListInternalAsync(DocumentKey.Internal("queue", "a1"), Json.Default.Thing, null, 10, None);

        Assert.Equal(["r1", "r2"], page.Documents.Select(d => d.Value.Name));
    }

    [Fact]
    public async Task Racing_updates_all_count()
    {
        await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
            async () => await Store.UpdateAsync(Mover, Json.Default.Thing, d => d.Value with { Count = d.Value.Count + 1 }, Stamp(2), None))));

        Assert.Equal(16, (await Store.GetAsync(Mover, Json.Default.Thing, None))?.Value.Count);
    }

    [Fact]
    public async Task An_update_that_changes_nothing_writes_nothing_and_one_of_an_absent_document_answers_none()
    {
        await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);

        var same = await Store.UpdateAsync(Mover, Json.Default.Thing, _ => null, Stamp(2), None);
        var none = await Store.UpdateAsync(Mover.Child("agents", "x"), Json.Default.Thing, d => d.Value, Stamp(2), None);

        Assert.Equal(1, same?.Version);
        Assert.Null(none);
    }

    [Fact]
    public async Task Deleting_below_takes_everything_below_and_nothing_else()
    {
        await PutAll(Mover, ResourceId.OfGroup("s1", "Group").Provider("Microsoft.StorageMover/storageMovers", "Mover10"));
        await PutAll([.. Enumerable.Range(0, 250).Select(at => Mover.Child("projects", $"p{at}"))]);

        var gone = await Store.DeleteBelowAsync(Mover, Stamp(5), None);

        Assert.Equal(250, gone);
        Assert.Equal(["Mover1", "Mover10"], await Names(ResourceId.OfGroup("s1", "group"), "Microsoft.StorageMover/storageMovers"));
    }

    [Fact]
    public async Task Every_write_is_in_the_audit_log_with_who_when_and_what()
    {
        await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(1), None);
        await Store.PutAsync(Mover, new Thing("b"), Json.Default.Thing, DocumentCondition.Always, Stamp(2), None);
        await Store.PutAsync(Mover, new Thing("c"), Json.Default.Thing, DocumentCondition.Always, Stamp(2) with { Routine = true }, None);
        await Store.DeleteAsync(Mover, DocumentCondition.Always, Stamp(3), None);

        var records = await new AuditLog(State).ListAsync(Stamp(0).At, Stamp(9).At, None).ToListAsync();

        Assert.Equal(["created 1", "updated 2", "deleted 3"], records.SelectMany(r => r.Changes).Select(c => $"{c.What} {c.Version}"));
        Assert.All(records, record => Assert.Equal(("admin", "User", "c-1"), (record.By, record.ByType, record.Correlation)));
        Assert.Equal([Stamp(1).At, Stamp(2).At, Stamp(3).At], records.Select(r => r.At));
    }

    [Fact]
    public async Task Trimming_the_audit_log_takes_the_records_before_a_time()
    {
        await PutAll([.. Enumerable.Range(0, 5).Select(at => Mover.Child("agents", $"a{at}"))]);
        await Store.PutAsync(Mover, new Thing("a"), Json.Default.Thing, DocumentCondition.Always, Stamp(5), None);

        var gone = await new AuditLog(State).TrimAsync(Stamp(5).At, None);

        Assert.Equal(5, gone);
        Assert.Single(await new AuditLog(State).ListAsync(Stamp(0).At, Stamp(9).At, None).ToListAsync());
    }

    [Fact]
    public async Task Racing_writers_of_the_same_commit_leave_each_version_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(at => Task.Run(
            async () => await Store.PutAsync(Mover, new Thing($"{at}"), Json.Default.Thing, DocumentCondition.Always, Stamp(at), None))));

        var versions = (await new AuditLog(State).ListAsync(Stamp(0).At, Stamp(9).At, None).ToListAsync()).SelectMany(r => r.Changes).Select(c => c.Version);

        Assert.Equal([1L, 2, 3, 4, 5, 6, 7, 8], versions.Order());
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await State.DisposeAsync();
        _folder.Dispose();
    }

    private static WriteStamp Stamp(int second) => new("admin", "User", DateTimeOffset.UnixEpoch.AddSeconds(second), "c-1");

    [GeneratedRegex("^\"[0-9a-f]{8}-0000-[0-9a-f]{4}-0000-[0-9a-f]{8}0000\"$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TagShape();

    private async Task PutAll(params ResourceId[] ids)
    {
        foreach (var id in ids)
        {
            await Store.PutAsync(id, new Thing(id.Name), Json.Default.Thing, DocumentCondition.Absent, Stamp(1), None);
        }
    }

    private async Task<List<string>> Names(ResourceId parent, string type) =>
        await Store.ListAsync(parent, type, Json.Default.Thing, None).Select(d => d.Value.Name).ToListAsync();

    internal sealed record Thing(string Name, int Count = 0);

    [JsonSerializable(typeof(Thing))]
    internal sealed partial class Json : JsonSerializerContext;
}
