using System.Formats.Tar;

namespace Mover.Cli.Tests;

public sealed class StateVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_of_a_running_server_restores_what_it_had_at_that_moment()
    {
        var backup = _folder["backup.tar"];
        await using (var server = await RunningServer.StartAsync())
        {
            await server.CreateShell().RunAsync("group", "create", "-n", "before", "-l", "eastus");
            var made = await server.CreateShell().RunAsync("state", "backup", backup, "--data", server.DataFolder);
            await server.CreateShell().RunAsync("group", "create", "-n", "after", "-l", "eastus");
            Assert.True(made.ExitCode == ExitCodes.Ok, made.Error);
        }

        var restored = await new Shell().RunAsync("state", "restore", backup, "--data", _folder["new"]);
        await using var again = await RunningServer.StartInAsync(_folder["new"]);
        var groups = await again.CreateShell().RunAsync("group", "list");

        Assert.True(restored.ExitCode == ExitCodes.Ok, restored.Error);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
        Assert.Contains("before", groups.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("after", groups.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_state_is_restored_beside_the_keys_that_are_left()
    {
        var (data, backup) = await BackedUpAsync();
        File.Delete(Path.Combine(data, "state.db"));
        await File.WriteAllTextAsync(Path.Combine(data, "state.db-wal"), "a log of the lost file");

        var restored = await new Shell().RunAsync("state", "restore", backup, "--data", data);
        await using var again = await RunningServer.StartInAsync(data);

        Assert.True(restored.ExitCode == ExitCodes.Ok, restored.Error);
        Assert.Contains("Restored 1 files", restored.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_that_is_older_than_its_server_is_restored_with_a_warning_that_tells_both_ages()
    {
        var (data, backup) = await BackedUpAsync();
        File.SetLastWriteTimeUtc(Path.Combine(data, "state.db.lock"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(3));
        File.Delete(Path.Combine(data, "state.db"));

        var older = await new Shell { Clock = new AheadClock(TimeSpan.FromDays(5)) }.RunAsync("state", "restore", backup, "--data", data);
        var elsewhere = await new Shell().RunAsync("state", "restore", backup, "--data", _folder["new"]);

        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok), (older.ExitCode, elsewhere.ExitCode));
        Assert.Matches(@"The backup was made at .* UTC, 5\.0 days ago\.", older.Error);
        Assert.Matches(@"older than its server, which used this folder until .* UTC, 3\.0 days after the backup\.", older.Error);
        Assert.DoesNotContain("older than", elsewhere.Error, StringComparison.Ordinal);
    }

    private sealed class AheadClock(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }

    [Fact]
    public async Task Nothing_is_ever_overwritten()
    {
        var (data, backup) = await BackedUpAsync();
        await using (var server = await RunningServer.StartInAsync(data))
        {
            await server.CreateShell().RunAsync("group", "create", "-n", "later", "-l", "eastus");
        }

        var twice = await new Shell().RunAsync("state", "backup", backup, "--data", data);
        var over = await new Shell().RunAsync("state", "restore", backup, "--data", data);

        Assert.Equal((ExitCodes.NotReady, ExitCodes.NotReady), (twice.ExitCode, over.ExitCode));
        Assert.Contains("exists already", twice.Error, StringComparison.Ordinal);
        Assert.Contains("move it away", over.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_use_is_not_restored_into()
    {
        var (_, backup) = await BackedUpAsync();
        await using var server = await RunningServer.StartAsync();

        var ran = await new Shell().RunAsync("state", "restore", backup, "--data", server.DataFolder);

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains("stop it first", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("access/../../escape")]
    [InlineData("/tmp/escape")]
    [InlineData("other/file")]
    public async Task An_archive_with_foreign_names_is_refused_whole(string name)
    {
        var archive = _folder["foreign.tar"];
        await using (var tar = new TarWriter(File.Create(archive)))
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("x"u8.ToArray()) });
        }

        var ran = await new Shell().RunAsync("state", "restore", archive, "--data", _folder["new"]);

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains(name, ran.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder["new"], "..", "escape")));
    }

    [Fact]
    public async Task A_file_that_is_no_archive_is_named()
    {
        await File.WriteAllTextAsync(_folder["text"], new string('x', 2000));

        var ran = await new Shell().RunAsync("state", "restore", _folder["text"], "--data", _folder["new"]);

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains(_folder["text"], ran.Error, StringComparison.Ordinal);
    }

    private async Task<(string Data, string Backup)> BackedUpAsync()
    {
        var (data, backup) = (_folder["data"], _folder["backup.tar"]);
        await using (var server = await RunningServer.StartInAsync(data))
        {
            await server.StopAsync();
        }

        var ran = await new Shell().RunAsync("state", "backup", backup, "--data", data);
        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        return (data, backup);
    }
}
