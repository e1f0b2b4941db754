using System.Diagnostics;

namespace Mover.Volumes.Tests.Local;

/// <summary>A folder under a second path, until it is disposed of. Needs root, for mount(8).</summary>
internal sealed class BindMount : IDisposable
{
    private readonly string _where;

    private BindMount(string where) => _where = where;

    public static BindMount Of(string what, string where)
    {
        Run("/bin/mount", "--bind", what, where);
        return new(where);
    }

    public void Dispose() => Run("/bin/umount", _where);

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
