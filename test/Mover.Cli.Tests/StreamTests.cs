using System.Diagnostics;

namespace Mover.Cli.Tests;

/// <summary>The program where its streams are closed, unread or full, and where few files may be open.</summary>
public sealed class StreamTests : IDisposable
{
    private const int Files = 300;
    private readonly TemporaryFolder _folder = new();

    public StreamTests()
    {
        foreach (var i in Enumerable.Range(0, Files))
        {
            _folder.File($"source/{i}.txt", $"content {i}");
        }
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("2>&-")]
    [InlineData(">&-")]
    [InlineData("<&- >&- 2>&-")]
    [InlineData("2>/dev/full")]
    [InlineData("2>&1 | head -c 1")]
    public async Task A_copy_with_closed_output_completes_with_its_own_exit_code(string streams)
    {
        var ran = await RunAsync($"\"$mover\" copy source target --log-level debug {streams}; echo ${{PIPESTATUS[0]}} >code");

        Assert.Equal("0", Code());
        Assert.DoesNotContain("   at ", ran, StringComparison.Ordinal);
        Assert.All(
            Enumerable.Range(0, Files),
            i => Assert.Equal($"content {i}", File.ReadAllText(_folder[$"target/{i}.txt"])));
        Assert.Equal(Files, Directory.GetFiles(_folder["target"]).Length);
    }

    [Theory]
    [InlineData(">&-")]
    [InlineData("| head -n 1")]
    public async Task A_closed_output_ends_the_program_quietly(string streams)
    {
        var ran = await RunAsync($"\"$mover\" plan source target {streams}; echo ${{PIPESTATUS[0]}} >code");

        Assert.Equal("0", Code());
        Assert.Contains("300 actions", ran, StringComparison.Ordinal);
        Assert.DoesNotContain("mover:", ran, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_that_cannot_be_written_are_a_failure_that_is_told_in_a_line()
    {
        var ran = await RunAsync("\"$mover\" plan source target >/dev/full; echo $? >code");

        Assert.Equal(ExitCodes.Failed.ToString(System.Globalization.CultureInfo.InvariantCulture), Code());
        Assert.StartsWith("mover: InputOutput: No space left on device", ran, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(60)]
    [InlineData(255)]
    public async Task Too_few_open_files_are_named_with_what_to_do(int limit)
    {
        var ran = await RunAsync($"ulimit -n {limit}; \"$mover\" copy source target; echo $? >code");

        Assert.Equal("8", Code());
        Assert.StartsWith($"mover: OpenFiles: the limit of open files is {limit}, but Mover needs 256.", ran, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", ran, StringComparison.Ordinal);
        Assert.Equal(2, ran.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task A_low_limit_that_the_user_may_raise_is_raised()
    {
        await RunAsync("ulimit -S -n 60; \"$mover\" copy source target; echo $? >code");

        Assert.Equal("0", Code());
    }

    private string Code() => File.ReadAllText(_folder["code"]).Trim();

    /// <summary>Runs a line of bash in the folder; answers what went to stdout and stderr.</summary>
    private async Task<string> RunAsync(string line)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-c", $"ulimit -c 0; {line}"])
        {
            WorkingDirectory = Path.GetDirectoryName(_folder["source"]),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["mover"] = Shell.Program;
        start.Environment["HOME"] = _folder["home"];
        start.Environment["XDG_STATE_HOME"] = _folder["state"];
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return await output + await error;
    }
}
