using System.Runtime.InteropServices;
using System.Text;
using Mover.Transfer.Contract;

namespace Mover.Testing;

/// <summary>
/// Makes real trees on this host's disk, with names that are bytes: relative paths in UTF-8, or raw. The folder is gone after the test.
/// </summary>
public sealed partial class FileTree : IDisposable
{
    public FileTree(string? above = null)
    {
        RootPath = above is null ? Directory.CreateTempSubdirectory("mover-tree-").FullName : Directory.CreateDirectory(above).FullName;
    }

    public string RootPath { get; }

    /// <summary>
    /// Names that break programs: spaces, quotes, both forms of accents, dots, control bytes, invalid UTF-8, twins, the longest.
    /// </summary>
    public static IReadOnlyList<byte[]> HardNames { get; } =
    [
        "plain.txt"u8.ToArray(), " leading and trailing "u8.ToArray(), "it's \"quoted\" `so`"u8.ToArray(), "é-nfc"u8.ToArray(),
        "e\u0301-nfd"u8.ToArray(),
        "...dots..."u8.ToArray(), ".hidden"u8.ToArray(), "trailing."u8.ToArray(), "line\nbreak"u8.ToArray(), "tab\tbell\a"u8.ToArray(),
        [0xFF, 0xFE, (byte)'x'], [0xC3], "\U0001F680 emoji"u8.ToArray(), "Case"u8.ToArray(), "case"u8.ToArray(), "back\\slash"u8.ToArray(),
        "a:b*c?d<e>f|g"u8.ToArray(), "%20&#;+="u8.ToArray(), "-rf"u8.ToArray(), "~"u8.ToArray(), "con"u8.ToArray(), Repeat((byte)'n', 255),
        [.. Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("é", 127))), (byte)'x'],
    ];

    public FileTree AddFile(string path, string text, UnixTime? modified = null, uint mode = 0x1A4) =>
        AddFile(Encoding.UTF8.GetBytes(path), Encoding.UTF8.GetBytes(text), modified, mode);

    public FileTree AddFile(byte[] path, byte[] content, UnixTime? modified = null, uint mode = 0x1A4)
    {
        AddParents(path);
        var file = Check(Open(Full(path), 0x241, 0x1B6), "open");
        for (var done = 0; done < content.Length;)
        {
            done += (int)Check((int)Write(file, content[done..], content.Length - done), "write");
        }

        _ = Close(file);
        Check(Chmod(Full(path), mode), "chmod");
        return modified is { } time ? SetModified(path, time) : this;
    }

    public FileTree AddFolder(string path) => AddFolder(Encoding.UTF8.GetBytes(path));

    public FileTree AddFolder(byte[] path)
    {
        AddParents([.. path, (byte)'/']);
        return this;
    }

    public FileTree AddLink(string path, string target)
    {
        AddParents(Encoding.UTF8.GetBytes(path));
        Check(Symlink(Encoding.UTF8.GetBytes(target + "\0"), Full(Encoding.UTF8.GetBytes(path))), "symlink");
        return this;
    }

    public FileTree AddPipe(string path) => AddNode(path, 0x1000);

    public FileTree AddSocket(string path) => AddNode(path, 0xC000);

    public FileTree SetModified(byte[] path, UnixTime time)
    {
        Check(Utimensat(-100, Full(path), [0, (1L << 30) - 2, time.Seconds, time.Nanoseconds], 0x100), "utimensat");
        return this;
    }

    /// <summary>Everything that is hard at once: names, links of all kinds, special files, empty folders, set-id bits, odd times.</summary>
    public FileTree AddHardThings()
    {
        foreach (var name in HardNames)
        {
            AddFile(name, [.. name, (byte)'!']);
            AddFile([.. "deep/"u8, .. name, .. "/x"u8], name);
        }

        return AddFolder("empty").AddFolder("nested/empty/er")
            .AddLink("links/inside", "../plain.txt").AddLink("links/dangling", "nowhere").AddLink("links/loop", "loop")
            .AddLink("links/outside", "../../etc/passwd").AddLink("links/absolute", "/etc/passwd").AddLink("links/folder", "../empty")
            .AddPipe("special/pipe").AddSocket("special/socket")
            .AddFile("modes/setuid", "s", mode: 0x9ED).AddFile("modes/none", "n", mode: 0)
            .AddFile("times/ns", "t", new UnixTime(1_700_000_000, 123_456_789))
            .AddFile("times/before", "t", new UnixTime(-86_400, 999_999_999))
            .AddFile("order/a", "1").AddFile("order/a.txt", "2").AddFile("order/a-/z", "3").AddFile("order/ab/c", "4");
    }

    /// <summary>By rm, because names that are no UTF-8 cannot be told to the framework.</summary>
    public void Dispose()
    {
        using var remove = System.Diagnostics.Process.Start("/bin/rm", ["-rf", "--", RootPath]);
        remove.WaitForExit();
    }

    private static byte[] Repeat(byte value, int count) => [.. Enumerable.Repeat(value, count)];

    private static int Check(int result, string what) =>
        result >= 0 ? result : throw new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    private FileTree AddNode(string path, uint type)
    {
        AddParents(Encoding.UTF8.GetBytes(path));
        Check(Mknod(Full(Encoding.UTF8.GetBytes(path)), type | 0x1A4, 0), "mknod");
        return this;
    }

    private void AddParents(byte[] path)
    {
        for (var i = 0; i < path.Length; i++)
        {
            if (path[i] == '/' && Mkdir(Full(path[..i]), 0x1ED) != 0 && Marshal.GetLastPInvokeError() != 17)
            {
                throw new IOException($"mkdir: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
            }
        }
    }

    private byte[] Full(byte[] path) => [.. Encoding.UTF8.GetBytes(RootPath), (byte)'/', .. path, 0];

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    private static partial int Open(byte[] path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, byte[] content, nint length);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "chmod", SetLastError = true)]
    private static partial int Chmod(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true)]
    private static partial int Mkdir(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "symlink", SetLastError = true)]
    private static partial int Symlink(byte[] target, byte[] path);

    [LibraryImport("libc", EntryPoint = "mknod", SetLastError = true)]
    private static partial int Mknod(byte[] path, uint mode, ulong device);

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true)]
    private static partial int Utimensat(int folder, byte[] path, long[] times, int flags);
}
