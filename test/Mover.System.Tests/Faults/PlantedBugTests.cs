using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Arm;
using Mover.State.Documents;
using Mover.State.Sqlite;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults;

/// <summary>Histories of documents over a store with a planted bug: the check finds each, and nothing where there is none.</summary>
public sealed class PlantedBugTests : IDisposable
{
    private const int Writers = 4;
    private const int Rounds = 60;
    private static readonly JsonTypeInfo<string> _text = (JsonTypeInfo<string>)JsonSerializerOptions.Default.GetTypeInfo(typeof(string));

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(nameof(Lie.ForgetsCommits))]
    [InlineData(nameof(Lie.ReadsThePast))]
    [InlineData(nameof(Lie.DeniesCommits))]
    [InlineData(nameof(Lie.IgnoresConditions))]
    public async Task A_planted_bug_is_found(string bug) => Assert.NotEmpty(HistoryCheck.Violations(await HistoryAsync(Enum.Parse<Lie>(bug))));

    [Fact]
    public async Task Documents_over_a_store_without_bugs_have_a_linearizable_history()
    {
        var history = await HistoryAsync(Lie.None);

        Assert.Empty(HistoryCheck.Violations(history));
        Assert.Null(ExhaustiveCheck.Windows(history).Bad);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<IReadOnlyList<Attempt>> HistoryAsync(Lie lie)
    {
        await using var store = new LyingStore(
            SqliteStateStore.Open(new() { Path = Path.Combine(_folder.Path, "state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance), lie);
        var documents = new DocumentStore(store);
        Assert.True(ResourceId.TryParse("/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/key", out var key));
        var history = new ConcurrentQueue<Attempt>();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                var value = string.Create(CultureInfo.InvariantCulture, $"{writer}-{round}");
                var (read, etag) = await ReadAsync(documents, key);
                history.Enqueue(read);
                history.Enqueue(await WriteAsync(documents, key, value, round % 2 == 0 || etag is null ? null : (read.Version, etag)));
            }
        })));
        history.Enqueue((await ReadAsync(documents, key)).Attempt);
        return [.. history];
    }

    private static async Task<(Attempt Attempt, string? ETag)> ReadAsync(DocumentStore documents, DocumentKey key)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var found = await documents.GetAsync(key, _text, CancellationToken.None);
        var attempt = new Attempt
        {
            Key = "key", IsWrite = false, Value = found?.Value, Begin = begin, End = TimeProvider.System.GetTimestamp(), Version = found?.Info.Version ?? 0,
        };
        return (attempt, found?.Info.ETag);
    }

    private static async Task<Attempt> WriteAsync(DocumentStore documents, DocumentKey key, string value, (long Version, string ETag)? expected)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var condition = expected is { } was ? DocumentCondition.Match(was.ETag) : DocumentCondition.Always;
        var saved = await documents.PutAsync(key, value, _text, condition, new("test", "User", DateTimeOffset.UnixEpoch, value), CancellationToken.None);
        return new()
        {
            Key = "key", IsWrite = true, Value = value, Expected = expected?.Version, Begin = begin, End = TimeProvider.System.GetTimestamp(),
            Outcome = saved is null ? Outcome.ConditionFailed : Outcome.Done, Version = saved?.Info.Version ?? 0,
        };
    }
}
