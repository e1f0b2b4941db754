using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Sqlite;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.State.Tests.Sqlite;

/// <summary>A process that commits is killed at random moments; what it acknowledged must be there, whole.</summary>
public sealed class SqliteCrashTests(ITestOutputHelper output) : IDisposable
{
    private readonly TempFolder _folder = new();

    // Per writer, the last acknowledged marker and its revision.
    private readonly Dictionary<int, (long Marker, long Revision)> _acknowledged = [];

    private static int Kills => Setting.Number("MOVER_KILLS", 25);

    private static int Seed => Setting.Seed(20261122);

    [Fact]
    public async Task A_kill_at_any_moment_loses_no_acknowledged_commit_and_leaves_no_half_one()
    {
        output.WriteLine($"MOVER_SEED={Seed} MOVER_KILLS={Kills}");
        var random = new Random(Seed);
        var revision = 0L;
        for (var kill = 0; kill < Kills; kill++)
        {
            await RunAndKillAsync(random);

            revision = await CheckAsync(revision, kill);
        }

        Assert.NotEmpty(_acknowledged);
    }

    public void Dispose() => _folder.Dispose();

    // Kills after a random number of acknowledgements; none means while the file is being opened.
    private async Task RunAndKillAsync(Random random)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(CrashProgram).Assembly.Location, _folder.File("state.db"), $"{random.Next()}"])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var child = Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
        var complaint = child.StandardError.ReadToEndAsync();
        Assert.Equal("opening", await child.StandardOutput.ReadLineAsync());

        var acknowledgements = random.Next(8) == 0 ? 0 : random.Next(1, 150);
        for (var at = 0; at < acknowledgements; at++)
        {
            Note(await child.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await complaint));
        }

        child.Kill();

        // What was said before the kill counts; a line that the kill cut off does not.
        var rest = await child.StandardOutput.ReadToEndAsync();
        foreach (var line in rest[..(rest.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Note(line);
        }

        await child.WaitForExitAsync();
    }

    private void Note(string line)
    {
        var words = line.Split(' ').Select(word => long.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        _acknowledged[(int)words[0]] = (words[1], words[2]);
    }

    private async Task<long> CheckAsync(long before, int kill)
    {
        await using var store = SqliteStateStore.Open(
            new() { Path = _folder.File("state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance);
        for (var writer = 0; writer < CrashProgram.Writers; writer++)
        {
            await CheckWriterAsync(store, writer, kill);
        }

        var revision = (await store.ListAsync("", null, 1, CancellationToken.None)).Revision;
        Assert.True(revision >= before, $"Kill {kill}: the revision went back from {before} to {revision}.");
        await CheckHistoryAsync(store, before, revision);
        return revision;
    }

    private async Task CheckWriterAsync(SqliteStateStore store, int writer, int kill)
    {
        var entries = new List<StateEntry?>();
        foreach (var part in CrashProgram.Parts)
        {
            entries.Add(await store.GetAsync(CrashProgram.Key(writer, part), CancellationToken.None));
        }

        var marker = CrashProgram.Marker(entries[0]);
        var (acknowledged, revision) = _acknowledged.GetValueOrDefault(writer);
        Assert.All(entries, entry => Assert.Equal((marker, entries[0]?.ModRevision), (CrashProgram.Marker(entry), entry?.ModRevision)));
        Assert.True(marker >= acknowledged, $"Kill {kill}: writer {writer} was told {acknowledged}, found {marker}.");
        Assert.True(marker <= acknowledged + 1, $"Kill {kill}: writer {writer} asked for one commit after {acknowledged}, found {marker}.");
        Assert.True(marker > acknowledged || revision == (entries[0]?.ModRevision ?? 0), $"Kill {kill}: writer {writer} has another revision.");
        _acknowledged[writer] = (marker, entries[0]?.ModRevision ?? 0);
    }

    // Every revision since the last kill is in the history, with all of its three changes.
    private static async Task CheckHistoryAsync(SqliteStateStore store, long before, long revision)
    {
        if (revision == before)
        {
            return;
        }

        var changes = new List<StateChange>();
        await foreach (var seen in store.WatchAsync("", before, CancellationToken.None))
        {
            changes.AddRange(seen.Changes);
            if (seen.Revision == revision)
            {
                break;
            }
        }

        var groups = changes.GroupBy(change => change.Revision).ToList();
        Assert.Equal(Enumerable.Range(1, (int)(revision - before)).Select(at => before + at), groups.Select(group => group.Key));
        Assert.All(groups, group => Assert.Equal(CrashProgram.Parts, group.Select(change => change.Key.Split('/')[1])));
    }
}
