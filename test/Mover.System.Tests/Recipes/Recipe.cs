using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Mover.SystemTests.Harness;
using Mover.Testing;

namespace Mover.SystemTests.Recipes;

/// <summary>The files of <c>deploy/</c>, as the programs that take them read them.</summary>
internal static partial class Recipe
{
    /// <summary>How long the search for a pattern may take.</summary>
    public static readonly TimeSpan MatchMax = TimeSpan.FromSeconds(2);

    /// <summary>The folder <c>deploy</c> of the checkout that the tests were compiled from.</summary>
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../deploy"));

    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    public static IEnumerable<string> Names(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Folder, folder), pattern).Select(file => Path.GetRelativePath(Folder, file)).Order(StringComparer.Ordinal);

    /// <summary>The words that a unit starts, its program first; specifiers and variables stand as they are.</summary>
    public static string[] ExecStart(string unit) => Words(ExecStartLine().Match(Read(unit)).Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal));

    /// <summary>The variables of an environment file.</summary>
    public static Dictionary<string, string> Variables(string name) => Variable().Matches(Read(name))
        .ToDictionary(one => one.Groups[1].Value, one => one.Groups[2].Value, StringComparer.Ordinal);

    /// <summary>A configuration of a server; its comments are left out.</summary>
    public static JsonObject Configuration(string name) =>
        JsonNode.Parse(Read(name), documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip })!.AsObject();

    /// <summary>The documents of a YAML file, with anchors and merges resolved. Whatever is not YAML fails.</summary>
    public static async Task<IReadOnlyList<JsonNode>> YamlAsync(string name)
    {
        const string Script = """
            const { parseAllDocuments } = require(process.argv[1] + '/yaml');
            const all = parseAllDocuments(require('fs').readFileSync(process.argv[2], 'utf8'), { merge: true });
            for (const one of all) { for (const wrong of [...one.errors, ...one.warnings]) { throw wrong; } }
            console.log(JSON.stringify(all.map(one => one.toJS())));
            """;
        var (exitCode, output) = await ChildProcess.RunAsync(
            "node", ["-e", Script, Requirement.Value("MOVER_NODE_MODULES"), Path.Combine(Folder, name)]);
        Assert.True(exitCode == 0, $"{name}: {output}");
        return [.. JsonNode.Parse(output)!.AsArray().Select(one => one!)];
    }

    /// <summary>The flags among words: <c>--name</c> of <c>--name</c> and <c>--name=value</c>.</summary>
    public static IEnumerable<string> Flags(IEnumerable<string> words) =>
        words.Where(word => word.StartsWith("--", StringComparison.Ordinal)).Select(word => word.Split('=')[0]);

    /// <summary>The value of a flag, given as <c>--name=value</c> or as two words; fails when it is not there.</summary>
    public static string Value(IReadOnlyList<string> words, string flag)
    {
        for (var at = 0; at < words.Count; at++)
        {
            if (words[at] == flag)
            {
                return words[at + 1];
            }

            if (words[at].StartsWith(flag + "=", StringComparison.Ordinal))
            {
                return words[at][(flag.Length + 1)..];
            }
        }

        throw new InvalidOperationException($"{flag} is not given: {string.Join(' ', words)}");
    }

    /// <summary>The commands in the blocks of a page that one of the programs runs: their words up to what only the shell sees.</summary>
    public static IEnumerable<string[]> Commands(string page, string program) =>
        from Match block in Block().Matches(File.ReadAllText(page))
        from line in block.Groups[1].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        from Match command in Regex.Matches(line, $@"(?:^ *|[;&] *|[(/]|-- ){program} ([^>|;&)]*)", RegexOptions.CultureInvariant, MatchMax)
        select Words(Quoted().Replace(command.Groups[1].Value, "VALUE"));

    /// <summary>The verbs that a command line begins with.</summary>
    public static IEnumerable<string> Verbs(IEnumerable<string> words) => words.TakeWhile(word => Verb().IsMatch(word));

    public static string[] Words(string line) => line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public static IReadOnlyList<string> Strings(JsonNode? list) => [.. list?.AsArray().Select(one => (string)one!) ?? []];

    private static string ThisFile([CallerFilePath] string path = "") => path;

    [GeneratedRegex(@"^ExecStart=((?:[^\\\n]|\\\n)*)", RegexOptions.CultureInvariant | RegexOptions.Multiline, 2000)]
    private static partial Regex ExecStartLine();

    [GeneratedRegex(@"^ *```\w*\n(.*?)^ *```", RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.Singleline, 2000)]
    private static partial Regex Block();

    [GeneratedRegex("\"[^\"]*\"|'[^']*'", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\A[a-z][a-z-]*\z", RegexOptions.CultureInvariant, 2000)]
    private static partial Regex Verb();

    [GeneratedRegex(@"^([A-Z_]+)=([^\n]*)", RegexOptions.CultureInvariant | RegexOptions.Multiline, 2000)]
    private static partial Regex Variable();
}
