using System.Globalization;
using System.Text;

namespace Mover.Cli.Demo;

/// <summary>What the second run is expected to move.</summary>
/// <param name="Items">Files whose content or metadata moves.</param>
/// <param name="Folders">Folders whose own time moved with them.</param>
/// <param name="BytesMax">Content of those files; less when metadata alone moves.</param>
/// <param name="Created">Items that are new at the target.</param>
/// <param name="Deleted">Items that a mirror deletes.</param>
internal readonly record struct DemoChanges(int Items, int Folders, long BytesMax, int Created, int Deleted);

/// <summary>The sample export: names that break other tools, and every kind of item that a file server holds.</summary>
internal sealed class DemoTree(string root)
{
    private const int LargeFileBytes = 24 * 1024 * 1024;
    private const int SmallFiles = 240;
    private static readonly DateTime LongAgo = new(2001, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc);

    private static readonly string[] HardNames =
    [
        "with space.txt", "  leading spaces", "trailing dot and space. ", "quote'and\"quote.txt",
        "100% #1 (a+b)&c=d;e.txt", "question?mark*star.txt",
        "Ünïcödé – naïve café.txt", "日本語の名前.txt", "emoji 🚚💾.txt", "e\u0301 is not \u00e9.txt", "-rf",
        ".hidden", "..two dots", "semi:colon|pipe<>.txt",
        "a very long name " + "that goes on and on ",
    ];

    public string Root { get; } = root;

    /// <summary>Makes the tree; the same every time, so that two demos can be compared.</summary>
    public void Create()
    {
        var random = new Random(20260101);
        Directory.CreateDirectory(Root);
        for (var at = 0; at < HardNames.Length; at++)
        {
            var name = HardNames[at].StartsWith("a very", StringComparison.Ordinal)
                ? HardNames[at] + new string('x', 200 - HardNames[at].Length)
                : HardNames[at];
            Write($"difficult names/{name}", random, 100 + at);
        }

        for (var at = 0; at < SmallFiles; at++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"projects/{at % 8:D2}/report {at:D3}.dat");
            Write(name, random, random.Next(1, 16 * 1024));
        }

        Write("films/large.bin", random, LargeFileBytes);
        Write("empty file", random, 0);
        Write(string.Concat(Enumerable.Range(1, 12).Select(level => $"deep {level}/")) + "bottom.txt", random, 42);
        Directory.CreateDirectory(Full("empty folder"));
        File.CreateSymbolicLink(Full("link to the large film"), "films/large.bin");
        SetMode("projects/00/report 000.dat", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        SetMode("difficult names/-rf", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetLastWriteTimeUtc(Full("empty file"), LongAgo);
    }

    /// <summary>The tree, and so many small files more that moving them takes a while.</summary>
    public void CreateMany(int files)
    {
        Create();
        var random = new Random(20260303);
        for (var at = 0; at < files; at++)
        {
            Write(string.Create(CultureInfo.InvariantCulture, $"archive/{at % 50:D2}/page {at:D5}.txt"), random, random.Next(1, 4096));
        }
    }

    /// <summary>One new, one changed, one with other permissions, one deleted, one renamed.</summary>
    public DemoChanges Change()
    {
        var random = new Random(20260202);
        Write("projects/01/new.dat", random, 5000);
        Write("projects/02/report 002.dat", random, 7000);
        SetMode("projects/03/report 003.dat", UnixFileMode.UserRead);
        File.Delete(Full("projects/04/report 004.dat"));
        File.Move(Full("projects/05/report 005.dat"), Full("projects/05/renamed 005.dat"));
        var moved = new[] { "01/new.dat", "02/report 002.dat", "03/report 003.dat", "05/renamed 005.dat" };
        var bytes = moved.Sum(name => new FileInfo(Full($"projects/{name}")).Length);
        return new(Items: 4, Folders: 3, bytes, Created: 2, Deleted: 2);
    }

    private void Write(string path, Random random, int bytes)
    {
        var full = Full(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full) ?? Root);
        var content = new byte[bytes];
        random.NextBytes(content);
        var title = Encoding.UTF8.GetBytes(path);
        title.AsSpan(0, Math.Min(title.Length, bytes)).CopyTo(content);
        File.WriteAllBytes(full, content);
    }

    private void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Full(path), mode);
        }
    }

    private string Full(string path) => Path.Combine(Root, path);
}
