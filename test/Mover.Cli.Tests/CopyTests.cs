using System.Diagnostics;
using System.Text.Json.Nodes;
using Mover.Cli.Transfers;
using Mover.Testing;

namespace Mover.Cli.Tests;

public sealed class CopyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Shell _shell = new();

    public CopyTests()
    {
        _shell["XDG_STATE_HOME"] = _folder["state"];
        _folder.File("source/a/one.txt", "one");
        _folder.File("source/with space ü.txt", "two");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_empty_source_is_told_by_a_copy_and_proves_nothing_to_a_verification()
    {
        await CopyAsync();
        Directory.Delete(_folder["source"], recursive: true);
        Directory.CreateDirectory(_folder["source"]);

        var copied = await CopyAsync();
        var verified = await _shell.RunAsync("verify", _folder["source"], _folder["target"]);

        Assert.Equal(ExitCodes.Ok, copied.ExitCode);
        Assert.Contains("SourceEmpty: The source is empty.", copied.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.NotCompared, verified.ExitCode);
        Assert.Contains("Nothing was compared. The source is empty.", verified.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_is_complete_and_its_summary_holds_the_twelve_counters()
    {
        var ran = await CopyAsync("--output", "json");

        var summary = JsonNode.Parse(ran.Out);
        Assert.Equal(ExitCodes.Ok, ran.ExitCode);
        Assert.Equal("two", File.ReadAllText(_folder["target/with space ü.txt"]));
        Assert.Equal(
            ["Succeeded", "3", "3", "6"],
            new[] { "outcome", "itemsScanned", "itemsTransferred", "bytesTransferred" }.Select(n => summary?[n]?.ToString()));
        Assert.Equal(
            12,
            (summary as JsonObject)?.Count(
                p => p.Key.StartsWith("items", StringComparison.Ordinal) || p.Key.StartsWith("bytes", StringComparison.Ordinal)) - 3);
    }

    [Fact]
    public async Task A_second_copy_moves_nothing()
    {
        await CopyAsync();

        var again = await CopyAsync("-o", "json");

        Assert.Equal("0", JsonNode.Parse(again.Out)?["itemsTransferred"]?.ToString());
    }

    [Fact]
    public async Task A_copy_that_scans_is_measured_by_the_last_run_and_says_so()
    {
        foreach (var number in Enumerable.Range(0, 4000))
        {
            _folder.File($"source/{number}", "x");
        }

        await CopyAsync();
        Directory.Delete(_folder["target"], recursive: true);
        var start = new ProcessStartInfo(Shell.Program, ["copy", _folder["source"], _folder["target"], "--bandwidth", "1"])
        {
            UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true,
            Environment = { ["XDG_STATE_HOME"] = _folder["state"] },
        };
        using var copy = Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");

        var line = await copy.StandardError.ReadLineAsync();
        copy.Kill();
        await copy.WaitForExitAsync();

        Assert.Matches("^Copying  about 0 %  [0-9]+ of about 4,003 items, from the last run  ", line);
    }

    [Fact]
    public async Task A_plan_lists_what_a_copy_would_do_and_does_nothing()
    {
        var ran = await _shell.RunAsync("plan", _folder["source"], _folder["target"], "-o", "json");

        var actions = ran.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)).ToList();
        Assert.Equal(["put-folder a", "copy a/one.txt", "copy with space ü.txt"], actions.Select(a => $"{a?["action"]} {a?["path"]}"));
        Assert.False(Directory.Exists(_folder["target"]));
    }

    // What another user's folder is to root that may not override modes, as behind root squash.
    [RequiresFact("MOVER_GANESHA")]
    public async Task A_plan_names_the_folders_that_the_source_hides_and_says_what_to_do()
    {
        _folder.File("source/dark/inside.txt", "x");
        await RunToolAsync("chown", "-R", "31001", _folder["source/dark"]);
        File.SetUnixFileMode(_folder["source/dark"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var (exitCode, error) = await RunToolAsync(
            "setpriv", "--bounding-set=-dac_override,-dac_read_search", Shell.Program, "plan", _folder["source"], _folder["target"]);

        Assert.Equal(ExitCodes.Incomplete, exitCode);
        Assert.Contains("the source hides the content of 1 folder from uid 0: dark/.", error, StringComparison.Ordinal);
        Assert.Contains("no_root_squash", error, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Error)> RunToolAsync(string program, params string[] args)
    {
        var start = new ProcessStartInfo(program, args)
        {
            UseShellExecute = false, RedirectStandardError = true, Environment = { ["XDG_STATE_HOME"] = _folder["state"] },
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }

    [Fact]
    public async Task Verification_of_a_missing_target_says_so_and_creates_none()
    {
        var ran = await _shell.RunAsync("verify", _folder["source"], _folder["target"]);

        Assert.Equal(ExitCodes.NotFound, ran.ExitCode);
        Assert.False(Directory.Exists(_folder["target"]));
    }

    [Fact]
    public async Task What_the_target_cannot_hold_has_an_exit_code_and_is_named_by_copy_plan_and_verify()
    {
        var name = ".mover-tmp-w" + new string('a', 32);
        _folder.File($"source/{name}", "x");

        var plan = await _shell.RunAsync("plan", _folder["source"], _folder["target"]);
        var copy = await CopyAsync("-o", "json");
        var verify = await _shell.RunAsync("verify", _folder["source"], _folder["target"]);
        var ledger = JsonNode.Parse(copy.Out)?["ledger"]?.ToString() ?? string.Empty;
        var offline = await _shell.RunAsync("verify", "--ledger", ledger, _folder["target"]);

        Assert.Equal(
            (ExitCodes.Unsupported, ExitCodes.Unsupported, ExitCodes.NotCompared, ExitCodes.NotCompared),
            (plan.ExitCode, copy.ExitCode, verify.ExitCode, offline.ExitCode));
        Assert.Equal("CompleteWithExceptions", JsonNode.Parse(copy.Out)?["verdict"]?.ToString());
        Assert.Contains("ItemsUnsupported", copy.Error, StringComparison.Ordinal);
        Assert.All([plan.Out, copy.Error, verify.Out, offline.Out], text => Assert.Contains(name, text, StringComparison.Ordinal));
        Assert.DoesNotContain("Equal", verify.Error + offline.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_copy_that_could_store_nothing_has_failed()
    {
        _folder.File($"other/.mover-tmp-w{new string('a', 32)}", "x");

        var ran = await _shell.RunAsync("copy", _folder["other"], _folder["target"]);

        Assert.Equal(ExitCodes.Incomplete, ran.ExitCode);
        Assert.Contains("Nothing was stored", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_asks_before_it_may_delete()
    {
        var ran = await CopyAsync("--mode", "mirror");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("--yes", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stated_share_of_deletions_holds_from_the_first_item()
    {
        _folder.File("target/old", "1");
        _folder.File("target/with space ü.txt", "two");

        var ran = await CopyAsync("--mode", "mirror", "--yes", "--delete-guard", "10%");

        Assert.Equal(ExitCodes.Incomplete, ran.ExitCode);
        Assert.Contains("1 of 2 target items would be deleted", ran.Error + ran.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["target/old"]));
    }

    [Fact]
    public async Task A_mirror_deletes_what_left_the_source()
    {
        _folder.File("target/gone.txt", "x");

        var ran = await CopyAsync("--mode", "mirror", "--yes", "-o", "json");

        Assert.Equal((ExitCodes.Ok, "1"), (ran.ExitCode, JsonNode.Parse(ran.Out)?["itemsDeleted"]?.ToString()));
        Assert.False(File.Exists(_folder["target/gone.txt"]));
    }

    [Fact]
    public async Task A_mirror_into_the_folder_that_holds_its_source_is_refused_whatever_links_lead_there()
    {
        Directory.CreateSymbolicLink(_folder["link"], _folder["source/a"]);

        var ran = await _shell.RunAsync("copy", _folder["link"], _folder["source"], "--mode", "mirror", "--yes");

        Assert.Equal(ExitCodes.Incomplete, ran.ExitCode);
        Assert.Contains("AZSM1022", ran.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["source/a/one.txt"]));
    }

    [Fact]
    public void A_finished_run_removes_abandoned_run_folders_but_not_active_ones()
    {
        var folders = new RunFolders(_folder["state"], "source", "target");
        var dead = folders.Create(DateTimeOffset.UnixEpoch);
        var living = folders.Create(DateTimeOffset.UnixEpoch.AddDays(1));
        var ended = folders.Create(DateTimeOffset.UnixEpoch.AddDays(2));

        using (new FileStream(Path.Combine(living, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            folders.End(ended);
        }

        Assert.Equal((false, true, true), (Directory.Exists(dead), Directory.Exists(living), Directory.Exists(ended)));
    }

    [Fact]
    public async Task A_verification_finds_a_changed_byte_and_names_the_file()
    {
        await CopyAsync();
        File.WriteAllText(_folder["target/a/one.txt"], "onE");

        var ran = await _shell.RunAsync("verify", _folder["source"], _folder["target"]);

        Assert.Equal(ExitCodes.Differs, ran.ExitCode);
        Assert.Contains("\ta/one.txt\t", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verification_of_an_equal_target_succeeds_against_source_and_ledger()
    {
        var copy = await CopyAsync("-o", "json");
        var ledger = JsonNode.Parse(copy.Out)?["ledger"]?.ToString() ?? string.Empty;

        var source = await _shell.RunAsync("verify", _folder["source"], _folder["target"]);
        var offline = await _shell.RunAsync("verify", "--ledger", ledger, _folder["target"]);

        Assert.Equal((ExitCodes.Ok, ExitCodes.Ok), (source.ExitCode, offline.ExitCode));
    }

    [Theory]
    [InlineData("one.txt", "0ne.txt")]
    [InlineData("# root", "# r00t")]
    [InlineData(" items ", " items 9999999999999999999")]
    [InlineData(" items ", " ")]
    [InlineData("T\tf", "?\tf")]
    [InlineData("\t0\t", "\tmany\t")]
    [InlineData("# mover ledger", "# ledger")]
    public async Task A_ledger_that_was_tampered_with_does_not_hold(string written, string now)
    {
        var copy = await CopyAsync("-o", "json");
        var ledger = JsonNode.Parse(copy.Out)?["ledger"]?.ToString() ?? string.Empty;
        File.WriteAllText(ledger, File.ReadAllText(ledger).Replace(written, now, StringComparison.Ordinal));

        var ran = await _shell.RunAsync("verify", "--ledger", ledger, _folder["target"]);

        Assert.Equal(ExitCodes.Differs, ran.ExitCode);
        Assert.Contains($"LedgerBroken: '{ledger}' is not valid", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("This is a bug", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_folder_that_cannot_be_made_is_named()
    {
        var ran = await _shell.RunAsync("copy", _folder["source"], "/proc/none");

        Assert.Equal(ExitCodes.Failed, ran.ExitCode);
        Assert.Contains("NoTargetFolder: Cannot create the target folder '/proc/none'", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--memory", "lots")]
    [InlineData("--bandwidth", "-1")]
    [InlineData("--bandwidth", "0")]
    [InlineData("--bandwidth", "0.4")]
    [InlineData("--concurrency", "0")]
    [InlineData("--delete-guard", "150%")]
    [InlineData("--mode", "sideways")]
    [InlineData("--check", "sha1")]
    public async Task A_wrong_value_is_refused_before_anything_is_done(string flag, string value)
    {
        var ran = await CopyAsync($"{flag}={value}").WaitAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.False(Directory.Exists(_folder["target"]));
    }

    [Theory]
    [InlineData("ftp://host/path", ExitCodes.Usage)]
    [InlineData("https://host", ExitCodes.Usage)]
    [InlineData("nfs://host/export?version=5", ExitCodes.Usage)]
    [InlineData("/no/such/folder", ExitCodes.NotFound)]
    public async Task A_source_that_cannot_be_is_refused_with_its_reason(string source, int exitCode)
    {
        var ran = await _shell.RunAsync("copy", source, _folder["target"]);

        Assert.Equal(exitCode, ran.ExitCode);
        Assert.StartsWith("mover: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_without_a_credential_is_refused_before_it_is_asked()
    {
        var ran = await _shell.RunAsync("copy", _folder["source"], "http://127.0.0.1:1/account/container");

        Assert.Equal(ExitCodes.Usage, ran.ExitCode);
        Assert.Contains("MOVER_SAS", ran.Error, StringComparison.Ordinal);
    }

    private Task<Ran> CopyAsync(params string[] flags) => _shell.RunAsync(["copy", _folder["source"], _folder["target"], .. flags]);
}
