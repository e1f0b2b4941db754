using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Mover.Files;
using Mover.Recovery.Snapshots;

namespace Mover.Recovery.Drill;

/// <summary>
/// Remembers the drills of estates, a small file for each, outside the snapshots: a drill changes nothing of an estate. Written whole or
/// not at all; a file that is damaged is told and passed over, and the next drill takes its place.
/// </summary>
/// <param name="folder">Where the files are; made when it is missing.</param>
public sealed class DrillHistoryFile(string folder)
{
    private const long FileBytesMax = 64 * 1024;
    private const int FailureCharsMax = 2000;

    /// <summary>The file of an estate.</summary>
    public string PathOf(SnapshotSource source)
    {
        var key = $"{source.Server}\n{source.SubscriptionId}\n{source.ResourceGroup}\n{source.StorageMover}".ToUpperInvariant();
        return Path.Combine(folder, $"drill-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)).AsSpan(0, 8))}.json");
    }

    /// <summary>The drills of an estate; null when none is known.</summary>
    /// <param name="source">The estate.</param>
    /// <param name="problem">What is wrong with the file; null for nothing.</param>
    public DrillHistory? Read(SnapshotSource source, out string? problem)
    {
        var file = PathOf(source);
        problem = null;
        try
        {
            var history = JsonSerializer.Deserialize(PlainFile.Read(file, FileBytesMax), RecoveryJson.Default.DrillHistory);
            problem = history is null ? $"The drill history {file} is empty."
                : history.Format == DrillHistory.CurrentFormat ? null
                : $"The drill history {file} has the unknown format '{history.Format}'.";
            return problem is null ? history : null;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or JsonException)
        {
            problem = $"Cannot read the drill history {file}; ignoring it: {fault.Message}";
            return null;
        }
    }

    /// <summary>Adds a drill. Answers why it could not be kept; null when it is.</summary>
    public string? Add(SnapshotSource source, DrillRecord drill)
    {
        var before = Read(source, out _);
        drill = drill with { Failure = drill.Failure is { Length: > FailureCharsMax } why ? why[..FailureCharsMax] : drill.Failure };
        var history = new DrillHistory
        {
            Format = DrillHistory.CurrentFormat, Last = drill, LastGood = drill.IsGood ? drill : before?.LastGood,
        };
        try
        {
            PrivateFolder.Ensure(folder);
            PrivateFile.Replace(
                PathOf(source),
                RecoveryJson.ToBytes(JsonSerializer.SerializeToNode(history, RecoveryJson.Default.DrillHistory)
                    ?? throw new InvalidOperationException("A record must be an object.")));
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return $"Cannot save the drill to its history: writing {PathOf(source)} failed: {fault.Message}";
        }
    }
}
