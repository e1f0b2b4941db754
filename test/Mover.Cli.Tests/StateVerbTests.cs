using System.Diagnostics;
using System.Formats.Tar;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State;
using Mover.State.Copies;

namespace Mover.Cli.Tests;

public sealed class StateVerbTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_of_a_running_server_restores_what_it_had_at_that_moment()
    {
        var backup = _folder["backup"];
        await using (var server = await RunningServer.StartAsync())
        {
            await server.CreateShell().RunAsync("group", "create", "-n", "before", "-l", "eastus");
            var made = await Sealed(server.CreateShell()).RunAsync("state", "backup", backup, "--data", server.DataFolder);
            await server.CreateShell().RunAsync("group", "create", "-n", "after", "-l", "eastus");
            Assert.True(made.ExitCode == ExitCodes.Ok, made.Error);
            Assert.Contains("contains the key ring of the data folder", made.Error, StringComparison.Ordinal);
        }

        var restored = await Sealed(new()).RunAsync("state", "restore", backup, "--data", _folder["new"]);
        await using var again = await RunningServer.StartInAsync(_folder["new"]);
        var groups = await again.CreateShell().RunAsync("group", "list");
        var shown = await new Shell().RunAsync("state", "show", "--data", _folder["new"], "-o", "json");

        Assert.True(restored.ExitCode == ExitCodes.Ok, restored.Error);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));
        Assert.Contains("before", groups.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("after", groups.Out, StringComparison.Ordinal);
        Assert.Contains("Restored at", shown.Error, StringComparison.Ordinal);
        Assert.False((bool)JsonNode.Parse(shown.Out)!["restored"]!["isReconciled"]!);
    }

    [Fact]
    public async Task A_backup_without_a_passphrase_opens_with_the_servers_ring_which_is_not_in_it()
    {
        var (data, backup) = await BackedUpAsync();
        var ring = Path.Combine(data, "access", "key-ring");

        var without = await new Shell().RunAsync("state", "restore", backup, "--data", _folder["new"]);
        var with = await new Shell().RunAsync("state", "restore", backup, "--data", _folder["new"], "--key-ring", ring);
        await using var again = await RunningServer.StartInAsync(_folder["new"], "--key-ring", ring);

        Assert.Equal(ExitCodes.NotReady, without.ExitCode);
        Assert.Contains("specify that ring with --key-ring", without.Error, StringComparison.Ordinal);
        Assert.True(with.ExitCode == ExitCodes.Ok, with.Error);
    }

    [Fact]
    public async Task A_lost_state_is_restored_to_the_keys_that_are_left()
    {
        var (data, backup) = await BackedUpAsync();
        File.Delete(Path.Combine(data, "state.db"));
        await File.WriteAllTextAsync(Path.Combine(data, "state.db-wal"), "a log of the lost file");

        var restored = await new Shell().RunAsync("state", "restore", backup, "--data", data);
        await using var again = await RunningServer.StartInAsync(data);

        Assert.True(restored.ExitCode == ExitCodes.Ok, restored.Error);
        Assert.Contains("entries and 0 files", restored.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_that_is_older_than_its_server_is_restored_with_a_warning_that_tells_both_ages()
    {
        var (data, backup) = await BackedUpAsync();
        File.SetLastWriteTimeUtc(Path.Combine(data, "state.db.lock"), TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(3));
        File.Delete(Path.Combine(data, "state.db"));

        var older = await new Shell { Clock = new AheadClock(TimeSpan.FromDays(5)) }.RunAsync("state", "restore", backup, "--data", data);
        var elsewhere = await new Shell().RunAsync(
            "state", "restore", backup, "--data", _folder["new"], "--key-ring", Path.Combine(data, "access", "key-ring"));

        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok), (older.ExitCode, elsewhere.ExitCode));
        Assert.Matches(@"The backup is of .* UTC, 5\.0 days ago\.", older.Error);
        Assert.Matches(@"older than the server's last use of this folder at .* UTC, 3\.0 days after the backup\.", older.Error);
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
        Assert.Contains("already exists", twice.Error, StringComparison.Ordinal);
        Assert.Contains("not empty", over.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_use_is_not_restored_into()
    {
        var (data, backup) = await BackedUpAsync();
        await using var server = await RunningServer.StartInAsync(data);

        var ran = await new Shell().RunAsync("state", "restore", backup, "--data", data);

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains("stop the server first", ran.Error, StringComparison.Ordinal);
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
    public async Task A_file_that_is_not_an_archive_is_named()
    {
        await File.WriteAllTextAsync(_folder["text"], new string('x', 2000));

        var ran = await new Shell().RunAsync("state", "restore", _folder["text"], "--data", _folder["new"]);

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains(_folder["text"], ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_archive_of_a_data_folder_as_older_programs_made_it_is_verified_and_restored()
    {
        var (data, _) = await BackedUpAsync();
        var archive = _folder["archive.tar"];
        await using (var tar = new TarWriter(File.Create(archive)))
        {
            await tar.WriteEntryAsync(Path.Combine(data, "state.db"), "state.db");
            foreach (var path in new[] { "access", "tls" }.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(data, folder))))
            {
                await tar.WriteEntryAsync(path, Path.GetRelativePath(data, path));
            }
        }

        var verified = await new Shell().RunAsync("state", "verify", archive, "--data", _folder["none"]);
        var restored = await new Shell().RunAsync("state", "restore", archive, "--data", _folder["new"]);
        await using var again = await RunningServer.StartInAsync(_folder["new"]);

        Assert.True(verified.ExitCode == ExitCodes.Ok, verified.Error);
        Assert.True(restored.ExitCode == ExitCodes.Ok, restored.Error);
        Assert.True(File.Exists(Path.Combine(_folder["new"], "access", "key-ring")));
        Assert.Single(Directory.EnumerateFiles(_folder["new"], "*state.db"));
    }

    [Fact]
    public async Task A_state_is_copied_and_served_at_its_new_place()
    {
        var (data, _) = await BackedUpAsync();

        var copied = await new Shell().RunAsync("state", "copy", "--from", $"sqlite:{data}", "--to", $"sqlite:{_folder["copy"]}", "-o", "json");
        var twice = await new Shell().RunAsync("state", "copy", "--from", $"sqlite:{data}", "--to", $"sqlite:{_folder["copy"]}");
        await using var server = await RunningServer.StartInAsync(
            _folder["copy"], "--key-ring", Path.Combine(data, "access", "key-ring"));

        Assert.True(copied.ExitCode == ExitCodes.Ok, copied.Error);
        Assert.True((long)JsonNode.Parse(copied.Out)!["entries"]! >= 5);
        Assert.Equal(ExitCodes.NotReady, twice.ExitCode);
        Assert.Contains("not empty", twice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_whose_program_is_killed_leaves_the_source_alone_and_is_finished_by_the_same_command()
    {
        var (data, _) = await BackedUpAsync();
        await FillAsync(data, 30_000);
        var before = await SumAsync(data);
        string[] command = ["state", "copy", "--from", $"sqlite:{data}", "--to", $"sqlite:{_folder["copy"]}"];
        var random = new Random(20261130);
        var kills = 0;
        Ran ran;
        while ((ran = await RunOrKillAsync(command, Path.Combine(_folder["copy"], "state.db-wal"), kills * 400_000L + random.Next(200_000)))
            .ExitCode != ExitCodes.Ok)
        {
            kills++;
            var start = await new Shell().RunAsync("server", "--data", _folder["copy"], "--urls", "https://127.0.0.1:0");
            Assert.Equal(ExitCodes.NotReady, start.ExitCode);
            Assert.True(kills < 40, ran.Error);
        }

        Assert.InRange(kills, 2, 39);
        Assert.Contains("resuming an earlier copy", ran.Error, StringComparison.Ordinal);
        Assert.Equal(before, await SumAsync(data));

        // And the audit record of the copy's end.
        Assert.Equal(before.Entries + 1, (await SumAsync(_folder["copy"])).Entries);
    }

    [Fact]
    public async Task What_does_not_hold_in_a_state_or_a_backup_ends_with_exit_code_7()
    {
        var (data, backup) = await BackedUpAsync();
        var whole = await new Shell().RunAsync("state", "verify", "--data", data);
        var wholeFile = await new Shell().RunAsync("state", "verify", backup, "--data", data);
        await using (var store = await OpenAsync(data))
        {
            await store.CommitAsync([], [new("identity/other", "x"u8.ToArray())], default);
        }

        var bytes = await File.ReadAllBytesAsync(backup);
        bytes[^40] ^= 4;
        await File.WriteAllBytesAsync(_folder["flipped"], bytes);
        var broken = await new Shell().RunAsync("state", "verify", "--data", data);
        var brokenFile = await new Shell().RunAsync("state", "verify", _folder["flipped"], "--data", data);
        var notRestored = await new Shell().RunAsync(
            "state", "restore", _folder["flipped"], "--data", _folder["new"], "--key-ring", Path.Combine(data, "access", "key-ring"));

        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok), (whole.ExitCode, wholeFile.ExitCode));
        Assert.Equal((ExitCodes.Differs, ExitCodes.Differs), (broken.ExitCode, brokenFile.ExitCode));
        Assert.Contains("'identity/other' does not match its digest", broken.Error, StringComparison.Ordinal);
        Assert.Contains("checksum", brokenFile.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotReady, notRestored.ExitCode);
        Assert.Empty(Directory.EnumerateFiles(_folder["new"]));
    }

    [Theory]
    [InlineData("--to", "sqlite:")]
    [InlineData("--to", "postgres://x")]
    [InlineData("--from", "etcd://no-port")]
    public async Task A_store_that_is_not_understood_is_a_usage_error(string flag, string store)
    {
        var other = flag == "--to" ? "--from" : "--to";

        var ran = await new Shell().RunAsync("state", "copy", flag, store, other, $"sqlite:{_folder["a"]}");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains(store.Replace("etcd://", string.Empty, StringComparison.Ordinal), ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_ends_a_backup_with_its_name_and_leaves_nothing()
    {
        var (data, _) = await BackedUpAsync();

        var ran = await new Shell().RunAsync("state", "backup", "/proc/backup", "--data", data);
        var none = await new Shell().RunAsync("state", "backup", _folder["b"], "--data", _folder["none"]);

        Assert.NotEqual(ExitCodes.Ok, ran.ExitCode);
        Assert.Contains("/proc/backup", ran.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotReady, none.ExitCode);
        Assert.Contains("specify the data folder of a server", none.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backup_that_is_cancelled_leaves_no_file()
    {
        var (data, _) = await BackedUpAsync();
        using var stop = new CancellationTokenSource();
        await stop.CancelAsync();

        var ran = await new Shell().RunAsync(stop.Token, "state", "backup", Path.Combine(data, "cancelled"), "--data", data);

        Assert.Equal(ExitCodes.Canceled, ran.ExitCode);
        Assert.Empty(Directory.EnumerateFiles(data, "cancelled*"));
    }

    // Killed when the target's log has so many bytes; run to its end when it never has.
    private static async Task<Ran> RunOrKillAsync(string[] command, string log, long bytes)
    {
        var start = new ProcessStartInfo(Shell.Program, command)
        {
            UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        var (error, output) = (process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        while (!process.HasExited && !(new FileInfo(log) is { Exists: true } file && file.Length > bytes))
        {
            await Task.Yield();
        }

        process.Kill();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    private static async Task FillAsync(string data, int entries)
    {
        await using var store = await OpenAsync(data);
        foreach (var batch in Enumerable.Range(0, entries).Chunk(100))
        {
            await store.CommitAsync(
                [], [.. batch.Select(at => new StateWrite($"copylog/{at:D6}", System.Text.Encoding.UTF8.GetBytes(new string('x', 300))))], default);
        }
    }

    private static async Task<StateSum> SumAsync(string data)
    {
        await using var snapshot = await StateEngine.Sqlite.SnapshotAsync(Host(data), default);
        using var digest = new StateDigest();
        await foreach (var entry in MovedEntries.OfAsync(snapshot, default))
        {
            digest.Add(entry);
        }

        return digest.Sum();
    }

    private static Task<IStateStore> OpenAsync(string data) => StateEngine.Sqlite.OpenAsync(Host(data), default);

    private static StateHost Host(string data) => new(data, false, TimeProvider.System, NullLoggerFactory.Instance);

    private static Shell Sealed(Shell shell)
    {
        shell["MOVER_BACKUP_PASSPHRASE"] = "correct horse battery";
        return shell;
    }

    private async Task<(string Data, string Backup)> BackedUpAsync()
    {
        var (data, backup) = (_folder["data"], _folder["backup"]);
        await using (var server = await RunningServer.StartInAsync(data))
        {
            await server.StopAsync();
        }

        var ran = await new Shell().RunAsync("state", "backup", backup, "--data", data);
        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        return (data, backup);
    }
}
