using System.Globalization;
using System.Runtime.InteropServices;
using Mover.SystemTests.Harness;

namespace Mover.SystemTests.Faults;

/// <summary>A program that ends with whoever started it, that can be stopped and goes on, with the id of its own process.</summary>
internal sealed class Held : IAsyncDisposable
{
    // Tells the program's process id; the end of standard input ends the program, and so does what would end the script alone.
    private const string Script = """ "$0" "$@" & trap : INT TERM HUP; echo "pid $!"; exec 3<&0; cat <&3 >/dev/null; kill -9 $!; wait $! """;

    private const int Terminate = 15;
    private const int Stop = 19;
    private const int Continue = 18;

    private static readonly TimeSpan EndMax = TimeSpan.FromMinutes(1);

    private readonly ChildProcess _child;
    private readonly int _id;

    private Held(ChildProcess child) =>
        (_child, _id) = (child, int.Parse(child.WaitForLine("pid "), CultureInfo.InvariantCulture));

    public string Output => _child.Output;

    /// <summary>Whether the program has ended, also by itself: until its parent asks, it is listed with the state Z.</summary>
    public bool HasExited
    {
        get
        {
            try
            {
                return File.ReadAllText($"/proc/{_id}/stat").Contains(") Z ", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    public static Held Start(IEnumerable<string> words, IReadOnlyDictionary<string, string>? environment = null) =>
        new(ChildProcess.Start("/bin/sh", ["-c", Script, .. words], environment, keepsInput: true));

    public void WaitForLine(string start) => _child.WaitForLine(start);

    /// <summary>The program stands still, and takes no notice of anything.</summary>
    public void Pause() => Signal(Stop);

    /// <summary>It goes on.</summary>
    public void Resume() => Signal(Continue);

    /// <summary>Asks the program to end (SIGTERM), and waits until it has.</summary>
    public async Task EndAsync()
    {
        Signal(Terminate);
        using var limit = new CancellationTokenSource(EndMax);
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!HasExited)
        {
            Assert.False(limit.IsCancellationRequested, $"The program does not end:\n{Output}");
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public Task KillAsync() => _child.KillAsync();

    public ValueTask DisposeAsync() => _child.DisposeAsync();

    [DllImport("libc", EntryPoint = "kill", ExactSpelling = true)]
    private static extern int Kill(int process, int signal);

    private void Signal(int signal) => _ = Kill(_id, signal);
}
