using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Mover.Core.Arm;

namespace Mover.Recovery.Snapshots;

/// <summary>What one pass over the lists found.</summary>
/// <param name="Location">Region of the one storage mover, or of the group.</param>
/// <param name="Documents">The resources that belong to the estate, by key.</param>
/// <param name="Machines">The machines that agents use and that were found, wherever they are, by key.</param>
/// <param name="LeftOut">What is in the group besides, and what could not be taken.</param>
internal sealed record Estate(
    string Location, SortedDictionary<string, JsonObject> Documents, IReadOnlyDictionary<string, JsonObject> Machines,
    IReadOnlyList<SnapshotLeftOut> LeftOut)
{
    /// <summary>The resources, in the order of their keys.</summary>
    public IEnumerable<ResourceId> Ids => Documents.Values.Select(IdOf);

    /// <summary>Differs when a person changed something; what agents and runs report changes nothing.</summary>
    public string Digest()
    {
        var text = new StringBuilder();
        foreach (var (key, document) in Documents)
        {
            var type = IdOf(document).Type;
            var shown = document.DeepClone().AsObject();
            StatusProperties.Remove(shown, type);
            text.Append(key).Append('\n').Append(CanonicalTemplate.InOrder(shown)?.ToJsonString()).Append('\n');

            // The service itself writes agents and machines.
            if (!ArmCase.Same(type, EstateTypes.Machine) && !ArmCase.Same(type, EstateTypes.Agent))
            {
                text.Append(document["systemData"]?["lastModifiedAt"]).Append('\n');
            }
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>The id of a listed document.</summary>
    public static ResourceId IdOf(JsonObject document) => ResourceId.TryParse(TextOf(document["id"]), out var id)
        ? id
        : throw new RecoveryException(
            "UnexpectedAnswer", "The server listed a resource without an ARM id.", "Check that the address is a Mover control plane.");

    /// <summary>A text; null for anything else.</summary>
    public static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>A property of a document as text; null when it is not one.</summary>
    public static string? PropertyOf(JsonObject document, string name) => TextOf((document["properties"] as JsonObject)?[name]);
}
