using System.Diagnostics;

namespace Mover.SystemTests.Harness;

/// <summary>A folder for one test, removed at its end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("mover-system-").FullName;

    public string Path { get; }

    public string Make(string name) => Directory.CreateDirectory(System.IO.Path.Combine(Path, name)).FullName;

    /// <summary>By rm, because names that are no UTF-8 cannot be told to the framework.</summary>
    public void Dispose()
    {
        using var remove = Process.Start("/bin/rm", ["-rf", "--", Path]);
        remove.WaitForExit();
    }
}
