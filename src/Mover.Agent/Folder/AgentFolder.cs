using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mover.Files;

namespace Mover.Agent;

/// <summary>
/// The agent's folder on disk: <c>agent.json</c>, <c>key.pem</c> (mode 0600), <c>lock</c>, <c>runs/{run name}/</c>.
/// Opening it takes the lock, so that two agents never work in the same one; the lock goes with the process, however it ends.
/// </summary>
public sealed class AgentFolder : IDisposable
{
    private const string RunsName = "runs";
    private readonly FileStream _lock;

    private AgentFolder(string path, FileStream held)
    {
        (Path, _lock) = (path, held);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>True when an agent is registered here.</summary>
    public bool IsRegistered => File.Exists(RecordPath);

    private string RecordPath => System.IO.Path.Combine(Path, "agent.json");

    private string KeyPath => System.IO.Path.Combine(Path, "key.pem");

    private string RunsPath => System.IO.Path.Combine(Path, RunsName);

    /// <summary>
    /// Opens the folder, making it when missing. Throws <see cref="AgentFolderException"/> when another agent works in it, and
    /// <see cref="PrivateFolderException"/> when other users can write to it.
    /// </summary>
    public static AgentFolder Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        PrivateFolder.MakeUnshared(full);
        try
        {
            // FileShare.None is an advisory lock (flock) that the kernel drops when the process ends.
            return new(
                full,
                PrivateFile.Open(
                    System.IO.Path.Combine(full, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException taken)
        {
            throw new AgentFolderException(
                $"Another agent uses {full}. Stop it, or give this one its own folder with --data.", taken);
        }
    }

    /// <summary>
    /// Reads <c>agent.json</c> of a folder that may be in use. Throws <see cref="AgentFolderException"/> when none is registered there.
    /// </summary>
    public static AgentRecord ReadRecord(string path)
    {
        var file = System.IO.Path.Combine(System.IO.Path.GetFullPath(path), "agent.json");
        return Read(file, AgentFolderJson.Default.AgentRecord)
            ?? throw new AgentFolderException($"No agent is registered in {path}. Run 'mover agent register' first.");
    }

    /// <summary>Reads who the agent is. Throws <see cref="AgentFolderException"/> when none is registered here.</summary>
    public AgentRecord ReadRecord() => ReadRecord(Path);

    /// <summary>Writes who the agent is.</summary>
    public void Write(AgentRecord record) => Write(RecordPath, record, AgentFolderJson.Default.AgentRecord);

    /// <summary>The agent's key, made on first use. Throws <see cref="AgentFolderException"/> when it cannot be read.</summary>
    public ECDsa OpenKey()
    {
        if (File.Exists(KeyPath))
        {
            return ReadKey(Path);
        }

        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.Replace(KeyPath, System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
        return key;
    }

    /// <summary>The key of a folder that may be in use. Throws <see cref="AgentFolderException"/> when it cannot be read.</summary>
    public static ECDsa ReadKey(string path)
    {
        var file = System.IO.Path.Combine(System.IO.Path.GetFullPath(path), "key.pem");
        var key = ECDsa.Create();
        try
        {
            if (!OperatingSystem.IsWindows() && Core.Access.SecretFiles.Refuse(file, File.GetUnixFileMode(file)) is { } problem)
            {
                throw new AgentFolderException($"Cannot use the agent's key {file}: {problem}");
            }

            key.ImportFromPem(File.ReadAllText(file));
            return key;
        }
        catch (AgentFolderException)
        {
            key.Dispose();
            throw;
        }
        catch (Exception broken) when (broken is ArgumentException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new AgentFolderException($"Cannot read the agent's key {file}: {broken.Message}", broken);
        }
    }

    /// <summary>
    /// Whether a name can stand for a run: 1 to 64 letters, digits, <c>_</c> and <c>-</c>, so that it is one safe folder name.
    /// </summary>
    public static bool IsRunName(string name) =>
        name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>The folder of one run, made when missing.</summary>
    public AgentRunFolder OpenRun(string runName)
    {
        var path = System.IO.Path.Combine(RunsPath, runName);
        PrivateFolder.Ensure(path);
        return new(path);
    }

    /// <summary>Where the ledger of a run is, or will be, in an agent's folder.</summary>
    public static string LedgerOf(string dataFolder, string runName) =>
        new AgentRunFolder(System.IO.Path.Combine(dataFolder, RunsName, runName)).LedgerPath;

    /// <summary>Folders of runs whose end is not acknowledged.</summary>
    public IReadOnlyList<AgentRunFolder> FindUnfinished() =>
        Directory.Exists(RunsPath)
            ? [.. Directory.EnumerateDirectories(RunsPath).Select(p => new AgentRunFolder(p)).Where(r => r.IsUnfinished)]
            : [];

    /// <summary>Folders of runs whose end was acknowledged, and written at that time or later.</summary>
    public IReadOnlyList<AgentRunFolder> FindEnded(DateTimeOffset since) =>
        Directory.Exists(RunsPath)
            ? [.. Directory.EnumerateDirectories(RunsPath).Select(p => new AgentRunFolder(p))
                .Where(r => AgentFolder.IsRunName(r.RunName) && r.EndedAt >= since)]
            : [];

    /// <summary>Removes what a killed process left of its listings.</summary>
    public void EmptySpill() => PrivateFolder.Remove(SpillPath(Path));

    /// <summary>
    /// Where listings of very large folders wait: beside the journals, because the host's folder for temporary files may be memory.
    /// </summary>
    public static string SpillPath(string dataFolder) => System.IO.Path.Combine(System.IO.Path.GetFullPath(dataFolder), "spill");

    /// <summary>Forgets who the agent is; journals and ledgers stay.</summary>
    public void Clear()
    {
        File.Delete(RecordPath);
        File.Delete(KeyPath);
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    internal static T? Read<T>(string file, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), type);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception broken) when (broken is JsonException or UnauthorizedAccessException)
        {
            throw new AgentFolderException($"Cannot read {file}: {broken.Message}", broken);
        }
    }

    internal static void Write<T>(string file, T value, JsonTypeInfo<T> type) =>
        PrivateFile.Replace(file, JsonSerializer.SerializeToUtf8Bytes(value, type));
}

/// <summary>The agent's folder cannot be used as it is; the message says what to do.</summary>
public sealed class AgentFolderException(string message, Exception? inner = null) : Exception(message, inner);
