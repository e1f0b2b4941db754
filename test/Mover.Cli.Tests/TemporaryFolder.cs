namespace Mover.Cli.Tests;

/// <summary>A folder of one test's own.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mover-cli-test-").FullName;

    public string File(string name, string content)
    {
        var full = this[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full) ?? Path);
        System.IO.File.WriteAllText(full, content);
        return full;
    }

    /// <summary>A file that only its owner can read.</summary>
    public string Secret(string name, string content)
    {
        var full = File(name, content);
        System.IO.File.SetUnixFileMode(full, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return full;
    }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
