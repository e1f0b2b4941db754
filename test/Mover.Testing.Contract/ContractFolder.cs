using System.Text;

namespace Mover.Testing;

/// <summary>
/// A folder in which programs that know nothing of it write down which of their exchanges were held to the API definitions and which broke
/// them. What they found outlives them, however they end.
/// </summary>
public sealed class ContractFolder : IDisposable
{
    /// <summary>The environment variable that tells a program the folder.</summary>
    internal const string Variable = "MOVER_CONTRACT_FOLDER";

    /// <summary>The ending of a file about one broken exchange.</summary>
    internal const string BrokenEnding = ".broken";

    /// <summary>The ending of a file with a line for each exchange: its version and operation, nothing for a refusal.</summary>
    internal const string HeldEnding = ".held";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mover-contract-");

    /// <summary>Where it is.</summary>
    public string Path => _folder.FullName;

    /// <summary>What a <c>mover</c> program, or whatever starts some, needs in its environment so that its servers are held.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["DOTNET_STARTUP_HOOKS"] = typeof(ContractFolder).Assembly.Location,
        [Variable] = Path,
    };

    /// <summary>Exchanges that a definition spoke of.</summary>
    public int Held => Lines().Count();

    /// <summary>The operations of an api-version that somebody asked for and got.</summary>
    public IReadOnlyList<string> OperationsOf(string version) =>
    [
        .. Lines().Select(line => line.Split(' ')).Where(line => line[0] == version).Select(line => line[1])
            .Distinct(StringComparer.Ordinal),
    ];

    /// <summary>Fails with every violation since it was last asked: operation, version, place, problem, and the exchange.</summary>
    public void AssertKept()
    {
        var wrong = new StringBuilder();
        foreach (var file in _folder.EnumerateFiles("*" + BrokenEnding))
        {
            wrong.AppendLine(File.ReadAllText(file.FullName)).AppendLine();
            file.Delete();
        }

        if (wrong.Length > 0)
        {
            throw new InvalidOperationException($"The API definitions were broken.\n{wrong}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    // A line without its end is of a program that was killed in the middle of it.
    private IEnumerable<string> Lines() => _folder.EnumerateFiles("*" + HeldEnding).SelectMany(file =>
    {
        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n')[..^1];
    });
}
