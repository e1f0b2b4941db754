using System.Diagnostics;
using System.Globalization;
using Mover.Cli.Frame;
using Mover.Cli.Host;
using Mover.Testing;

namespace Mover.Cli.Tests;

/// <summary>What the program keeps for itself lies in the user's own folder, closed to others, and nothing else is touched.</summary>
public sealed class StateFolderTests : IDisposable
{
    private const UnixFileMode OthersAny = (UnixFileMode)0x3F;
    private readonly TemporaryFolder _folder = new();

    public StateFolderTests() => _folder.File("source/a/one.txt", "one");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("copy")]
    [InlineData("plan")]
    [InlineData("verify")]
    public async Task The_shared_folder_for_temporary_files_is_left_alone(string verb)
    {
        var theirs = _folder.File("shared/mover-scan-theirs/names", "kept");
        _folder.File("shared/mover-scan-theirs/lock", string.Empty);
        Directory.CreateDirectory(_folder["target"]);

        var ran = await ProgramAsync(new() { ["TMPDIR"] = _folder["shared"], ["HOME"] = _folder["home"] }, verb, _folder["source"], _folder["target"]);

        Assert.True(ran.ExitCode is ExitCodes.Ok or ExitCodes.Differs, ran.Error);
        Assert.True(File.Exists(theirs));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder["shared"]));
    }

    [Fact]
    public async Task Everything_that_a_copy_keeps_is_closed_to_others_whatever_the_umask()
    {
        var ran = await ProgramAsync(new() { ["HOME"] = _folder["home"] }, "copy", _folder["source"], _folder["target"]);

        Assert.True(ran.ExitCode == ExitCodes.Ok, ran.Error);
        var kept = Directory.EnumerateFileSystemEntries(_folder["home"], "*", SearchOption.AllDirectories).ToList();
        Assert.Contains(kept, path => path.EndsWith("ledger.txt", StringComparison.Ordinal));
        Assert.Empty(OpenToOthers(_folder["home"]));
    }

    [RequiresFact("MOVER_AZURITE")]
    public async Task Everything_that_server_and_agent_keep_is_closed_to_others_whatever_the_umask()
    {
        using var demo = Start(new() { ["HOME"] = _folder["home"] }, "demo", "--keep");
        while (await demo.StandardError.ReadLineAsync() is { } line && !line.Contains("source files:", StringComparison.Ordinal))
        {
        }

        var estate = Assert.Single(Directory.EnumerateDirectories(_folder["home/.local/state/mover/demo"]));
        var open = OpenToOthers(Path.Combine(estate, "server")).Concat(OpenToOthers(Path.Combine(estate, "agent"))).ToList();
        var ledgers = Directory.GetFiles(Path.Combine(estate, "agent"), "ledger.txt", SearchOption.AllDirectories);
        using var kill = Process.Start("kill", ["-TERM", demo.Id.ToString(CultureInfo.InvariantCulture)]);
        await demo.WaitForExitAsync();

        // The CA's certificate is for all to read; its folder lets them pass. Nobody else can write either.
        Assert.Equal(["tls", "tls/ca.pem"], open.Select(path => Path.GetRelativePath(Path.Combine(estate, "server"), path)).Order(StringComparer.Ordinal));
        Assert.Equal(2, ledgers.Length);
        Assert.False(Directory.Exists(estate));
    }

    [Theory]
    [InlineData("copy")]
    [InlineData("plan")]
    [InlineData("verify")]
    public async Task A_home_that_cannot_be_written_puts_nothing_elsewhere_and_names_the_flag(string verb)
    {
        var home = _folder.File("home", "a file, where no folder can be made");

        var ran = await ProgramAsync(new() { ["HOME"] = home }, verb, _folder["source"], _folder["target"]);

        Assert.True(ran.ExitCode == ExitCodes.NotReady, ran.Error);
        Assert.Contains("--journal", ran.Error, StringComparison.Ordinal);
        Assert.Equal(["home", "source"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, "/home/u", "/home/u/.local/state/mover")]
    [InlineData("/state", "/home/u", "/state/mover")]
    [InlineData("relative", "/home/u", "/home/u/.local/state/mover")]
    [InlineData(null, "relative", null)]
    public void The_state_folder_is_below_the_home_or_where_the_environment_says_and_never_relative(string? state, string? home, string? expected)
    {
        var shell = new Dictionary<string, string?> { ["XDG_STATE_HOME"] = state, ["HOME"] = home };
        var terminal = new Terminal { Out = TextWriter.Null, Error = TextWriter.Null, In = TextReader.Null, Environment = shell.GetValueOrDefault };

        if (expected is null && !Environment.IsPrivilegedProcess)
        {
            Assert.Contains("--journal", Assert.Throws<CliException>(() => UserFolders.State(terminal, "--journal")).Remedy, StringComparison.Ordinal);
        }
        else
        {
            Assert.Equal(expected ?? "/var/lib/mover", UserFolders.State(terminal, "--journal"));
        }
    }

    [Fact]
    public async Task A_state_folder_that_another_user_could_replace_is_refused_with_what_to_do()
    {
        Directory.CreateDirectory(_folder["open"]);
        File.SetUnixFileMode(_folder["open"], (UnixFileMode)0x1FF);

        var ran = await ProgramAsync(new() { ["XDG_STATE_HOME"] = _folder["open"] }, "copy", _folder["source"], _folder["target"]);

        Assert.Equal(ExitCodes.NotReady, ran.ExitCode);
        Assert.Contains("UnsafeFolder", ran.Error, StringComparison.Ordinal);
        Assert.Contains($"chmod go-w '{_folder["open"]}'", ran.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<string> OpenToOthers(string folder) =>
        Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
            .Where(path => (File.GetUnixFileMode(path) & OthersAny) != UnixFileMode.None);

    private async Task<Ran> ProgramAsync(Dictionary<string, string> environment, params string[] args)
    {
        using var process = Start(environment, args);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await error);
    }

    private Process Start(Dictionary<string, string> environment, params string[] args)
    {
        var start = new ProcessStartInfo("sh") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var arg in new[] { "-c", "umask 000; exec \"$0\" \"$@\"", Shell.Program }.Concat(args))
        {
            start.ArgumentList.Add(arg);
        }

        start.Environment.Remove("XDG_STATE_HOME");
        start.WorkingDirectory = _folder.Path;
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
    }
}
