using System.Runtime.CompilerServices;

namespace Mover.Architecture.Tests;

/// <summary>The checkout that these tests were compiled from.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", ".."));

    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(file => !Segments(file).Any(s => s is "bin" or "obj" or "node_modules" or "artifacts" or ".git"));

    public static IEnumerable<string> ProductFiles() => Files("src", "*.cs");

    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    private static string[] Segments(string file) => Relative(file).Split('/');

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
