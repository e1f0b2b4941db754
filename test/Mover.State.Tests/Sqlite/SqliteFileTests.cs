using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Sqlite;

namespace Mover.State.Tests.Sqlite;

public sealed class SqliteFileTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly TempFolder _folder = new();

    private string FilePath => _folder.File("state.db");

    [Fact]
    public async Task Folder_and_files_are_made_for_their_owner_only()
    {
        var path = Path.Combine(_folder.Path, "new", "deep", "state.db");

        await using var store = Open(path);
        await PutAsync(store, "a");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path) ?? ""));
        Assert.All(
            Directory.GetFiles(Path.GetDirectoryName(path) ?? ""),
            file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_second_server_on_the_same_file_is_refused_and_told_why()
    {
        await using var first = Open(FilePath);

        var fault = Assert.Throws<StateException>(() => Open(FilePath));

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.Contains(FilePath, fault.Message, StringComparison.Ordinal);
        Assert.Contains("in use by another process", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_file_can_be_opened_again_once_it_is_closed()
    {
        await using (var first = Open(FilePath))
        {
            await PutAsync(first, "a");
        }

        await using var second = Open(FilePath);

        Assert.NotNull(await second.GetAsync("a", None));
    }

    [Fact]
    public async Task A_file_of_a_newer_program_is_refused_and_left_as_it_is()
    {
        await Open(FilePath).DisposeAsync();
        using (var database = SqliteDatabase.Open(FilePath))
        {
            database.Execute("INSERT INTO schema_version VALUES (99)");
        }

        var fault = Assert.Throws<StateException>(() => Open(FilePath));

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.Contains("schema version 99", fault.Message, StringComparison.Ordinal);
        Assert.Contains(FilePath, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_must_exist_is_never_created()
    {
        var missing = Assert.Throws<StateException>(() => Open(FilePath, mustExist: true));
        var left = File.Exists(FilePath);
        await File.WriteAllBytesAsync(FilePath, []);
        var empty = Assert.Throws<StateException>(() => Open(FilePath, mustExist: true));

        Assert.False(left);
        Assert.Contains($"'{FilePath}' is missing", missing.Message, StringComparison.Ordinal);
        Assert.Contains($"'{FilePath}' is empty", empty.Message, StringComparison.Ordinal);
        Assert.Contains("--start-empty", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_without_our_tables_is_refused_where_ours_must_be()
    {
        MakeDatabase("VACUUM");

        var fault = Assert.Throws<StateException>(() => Open(FilePath, mustExist: true));

        Assert.Contains("holds nothing", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_database_of_another_program_is_refused_and_left_as_it_is()
    {
        MakeDatabase("CREATE TABLE holidays (day TEXT)");
        var before = File.ReadAllBytes(FilePath);

        var fault = Assert.Throws<StateException>(() => Open(FilePath));

        Assert.Contains("another program", fault.Message, StringComparison.Ordinal);
        using var database = SqliteDatabase.Open(FilePath);
        Assert.Equal(1, database.Number("SELECT count(*) FROM sqlite_schema"));
        Assert.Equal(before.Length, new FileInfo(FilePath).Length);
    }

    [Fact]
    public void A_folder_in_the_files_place_is_named()
    {
        Directory.CreateDirectory(FilePath);

        var fault = Assert.Throws<StateException>(() => Open(FilePath));

        Assert.Contains("is a folder", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(4096)]
    [InlineData(9000)]
    public async Task A_file_that_was_cut_short_is_refused(int bytes)
    {
        await using (var store = Open(FilePath))
        {
            await PutAsync(store, "a");
        }

        using (var file = File.OpenWrite(FilePath))
        {
            file.SetLength(bytes);
        }

        var fault = Assert.Throws<StateException>(() => Open(FilePath, mustExist: true));

        Assert.Contains("damaged", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_whose_write_ahead_log_is_lost_after_a_kill_is_refused()
    {
        var kept = _folder.File("kept.db");
        await using (var store = Open(FilePath))
        {
            await PutAsync(store, "a");

            // What a kill would leave; cp does not ask for the lock.
            await Process.Start("cp", [FilePath, kept]).WaitForExitAsync();
            await Process.Start("cp", [FilePath + ".lock", kept + ".lock"]).WaitForExitAsync();
        }

        var fault = Assert.Throws<StateException>(() => Open(kept));
        File.Delete(kept + ".lock");
        await using var told = Open(kept);

        Assert.Contains($"'{kept}-wal' is missing", fault.Message, StringComparison.Ordinal);
        Assert.Contains("delete", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_file_is_not_left_locked()
    {
        await File.WriteAllTextAsync(FilePath, new string('x', 8192));
        Assert.Throws<StateException>(() => Open(FilePath));
        File.Delete(FilePath);

        await using var store = Open(FilePath);

        await PutAsync(store, "a");
    }

    [Fact]
    public async Task A_file_that_is_something_else_is_refused_and_left_as_it_is()
    {
        var text = string.Concat(Enumerable.Repeat("these are my holiday plans ", 400));
        await File.WriteAllTextAsync(FilePath, text);

        var fault = Assert.Throws<StateException>(() => Open(FilePath));

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.Contains("damaged or is not a Mover state file", fault.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(FilePath));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_named()
    {
        await File.WriteAllTextAsync(_folder.File("plain"), "");
        var path = Path.Combine(_folder.File("plain"), "state.db");

        var fault = Assert.Throws<StateException>(() => Open(path));

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.Contains(path, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_file_refuses_a_commit_whole_and_takes_those_that_fit()
    {
        await using var store = Open(FilePath, bytesMax: 1024 * 1024);
        await PutAsync(store, "a");
        var before = (await store.ListAsync("", null, 10, None)).Revision;

        var fault = await Assert.ThrowsAsync<StateException>(
            async () => await store.CommitAsync([], [new("b", new byte[10]), new("c", new byte[StateLimits.ValueBytesMax])], None));
        var small = await PutAsync(store, "d");

        Assert.Equal(StateFault.Full, fault.Fault);
        Assert.Contains(FilePath, fault.Message, StringComparison.Ordinal);
        Assert.Equal(before + 1, small.Revision);
        Assert.Equal(["a", "d"], (await store.ListAsync("", null, 10, None)).Entries.Select(entry => entry.Key));
    }

    [Fact]
    public async Task A_commit_that_does_not_fit_does_not_fail_the_others()
    {
        await using var store = Open(FilePath, bytesMax: 1024 * 1024);

        var commits = Enumerable.Range(0, 40).Select(at => Task.Run(async () => await store.CommitAsync(
            [], [new($"k{at:D2}", new byte[at % 10 == 5 ? StateLimits.ValueBytesMax : 100])], None))).ToList();
        await Task.WhenAll(commits).ContinueWith(_ => { }, TaskScheduler.Default);

        var failed = commits.Index().Where(commit => commit.Item.IsFaulted).Select(commit => commit.Index).ToList();
        Assert.Equal([5, 15, 25, 35], failed);
        Assert.Equal(36, (await store.ListAsync("", null, 100, None)).Entries.Count);
    }

    [Fact]
    public async Task Dropped_history_makes_room_again()
    {
        var clock = new TestClock();
        await using var store = Open(FilePath, bytesMax: 2 * 1024 * 1024, clock);
        var filled = await FillAsync(store);
        while (await IsKeptAsync(store))
        {
            clock.Advance(TimeSpan.FromMinutes(1));
        }

        var more = await FillAsync(store);

        Assert.True(filled > 10, $"{filled} commits fitted.");
        Assert.True(more > 10, $"{more} commits fitted after the history was dropped.");
    }

    [Fact]
    public async Task Closing_twice_is_not_an_error_and_finishes_waiting_commits()
    {
        var store = Open(FilePath);
        var commits = Enumerable.Range(0, 100).Select(at => PutAsync(store, $"k{at}").AsTask()).ToList();

        await store.DisposeAsync();
        await store.DisposeAsync();

        Assert.All(await Task.WhenAll(commits), result => Assert.Equal(CommitOutcome.Committed, result.Outcome));
    }

    [Fact]
    public async Task Committed_data_is_flushed_and_the_log_is_used()
    {
        await Open(FilePath).DisposeAsync();
        using var file = SqliteFile.Hold(new() { Path = FilePath });
        using var database = file.Connect();

        Assert.Equal(2, database.Number("PRAGMA synchronous"));
        Assert.Equal("wal", System.Text.Encoding.UTF8.GetString(Journal(database)));
    }

    [Fact]
    public void History_shorter_than_the_contracts_is_refused() => Assert.Throws<ArgumentException>(() => SqliteStateStore.Open(
        new() { Path = FilePath, HistoryKept = StateLimits.HistoryMin - TimeSpan.FromSeconds(1) }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance));

    public void Dispose() => _folder.Dispose();

    private static byte[] Journal(SqliteDatabase database)
    {
        var statement = database.Prepare("PRAGMA journal_mode");
        Assert.True(statement.Step());
        return statement.Blob(0).ToArray();
    }

    private void MakeDatabase(string sql)
    {
        File.Create(FilePath).Dispose();
        using var database = SqliteDatabase.Open(FilePath);
        database.Execute("PRAGMA journal_mode = WAL; " + sql);
    }

    private static SqliteStateStore Open(
        string path, long? bytesMax = null, TimeProvider? clock = null, bool mustExist = false) => SqliteStateStore.Open(
        new() { Path = path, FileBytesMax = bytesMax, MustExist = mustExist }, clock ?? TimeProvider.System, NullLogger<SqliteStateStore>.Instance);

    private static ValueTask<CommitResult> PutAsync(SqliteStateStore store, string key) => store.CommitAsync([], [new(key, new byte[] { 1 })], None);

    // Rewrites one key until the file is full; answers how often that went.
    private static async Task<int> FillAsync(SqliteStateStore store)
    {
        for (var at = 0; ; at++)
        {
            try
            {
                await store.CommitAsync([], [new("a", new byte[50_000])], None);
            }
            catch (StateException full) when (full.Fault == StateFault.Full)
            {
                return at;
            }
        }
    }

    private static async Task<bool> IsKeptAsync(SqliteStateStore store)
    {
        await using var watch = store.WatchAsync("", 5, None).GetAsyncEnumerator();
        try
        {
            return await watch.MoveNextAsync();
        }
        catch (StateException gone) when (gone.Fault == StateFault.HistoryGone)
        {
            return false;
        }
    }
}
