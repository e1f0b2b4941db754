using System.Diagnostics;

namespace Mover.Cli.Demo;

/// <summary>
/// Removes a folder when this process has ended without doing so: a shell waits for the end of its standard input, which the kernel brings
/// about however this process ends. It hears no Ctrl-C, which is sent to it as well.
/// </summary>
internal sealed class Leash : IDisposable
{
    // What another child of the demo still writes as it ends is removed by one of the next tries.
    private const string Script =
        "trap '' INT TERM HUP; cat > /dev/null; for try in 1 2 3 4 5; do rm -rf -- \"$0\" && break; sleep 1; done";

    private readonly Process _process;

    private Leash(Process process) => _process = process;

    public static Leash Of(string folder)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script, folder])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            WorkingDirectory = "/",
        };
        return new(Process.Start(start) ?? throw new InvalidOperationException("Cannot start the shell."));
    }

    /// <summary>Lets go of the folder, which is removed if it is still there.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
