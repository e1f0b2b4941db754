using Mover.Core.Jobs;

namespace Mover.Cli.Resources;

/// <summary>What a person does about an item that did not arrive, by its status code.</summary>
internal static class ItemRemedies
{
    private const string Rename = "Rename it at the source, or archive its folder.";
    private const string Again = "Run again.";

    private static readonly Dictionary<string, string> ByCode = new(StringComparer.Ordinal)
    {
        [$"{StatusCodes.ItemExcluded}"] = "None: it was excluded on purpose.",
        [$"{StatusCodes.ItemTypeUnsupported}"] = "None: devices, sockets and pipes have no content to copy.",
        [$"{StatusCodes.ItemCharactersUnsupported}"] = Rename,
        [$"{StatusCodes.ItemComponentTooLong}"] = Rename,
        [$"{StatusCodes.ItemPathTooLong}"] = Rename,
        [$"{StatusCodes.ItemTooDeep}"] = Rename,
        [$"{StatusCodes.ItemTooLarge}"] = "Split the file, or use a target that supports it.",
        [$"{StatusCodes.ItemScanFailed}"] = "Check that the agent can list it: mover agent doctor.",
        [$"{StatusCodes.ItemSourcePermission}"] = "Give the agent's user read permission; for NFS, see docs/nfs-exports.md.",
        [$"{StatusCodes.ItemSourceIo}"] = "Check the file server's own log, then run again.",
        [$"{StatusCodes.ItemSourceTimeout}"] = "Check the file server's load, then run again.",
        [$"{StatusCodes.ItemTargetTransport}"] = Again,
        [$"{StatusCodes.ItemTargetStatus}"] = "Fix the cause, then run again.",
        [$"{StatusCodes.ItemTargetTimeout}"] = Again,
        [$"{StatusCodes.ItemTargetScanFailed}"] = Again,
        [$"{StatusCodes.ItemTargetPermission}"] = "Assign the agent's identity its role on the container: start-job --grant.",
        [$"{StatusCodes.ItemTargetLeased}"] = "Break the blob's lease or wait until it expires, then run again.",
    };

    /// <summary>The remedy that is known for a code; null for a code without one.</summary>
    public static string? Find(string code) => ByCode.GetValueOrDefault(code);

    public static string Of(string? code) => (code is null ? null : Find(code)) ?? "Fix the cause, then run again.";
}
