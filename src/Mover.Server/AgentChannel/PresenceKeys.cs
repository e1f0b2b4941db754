using System.Security.Cryptography;
using System.Text;
using Mover.Core.Arm;
using Mover.Server.Background;
using Mover.Server.Documents;
using Mover.Server.Scheduling;
using Mover.State.Documents;

namespace Mover.Server.AgentChannel;

/// <summary>Where the store has what is known of the agents, and who hears them.</summary>
internal static class PresenceKeys
{
    /// <summary>The area of the records, one for each agent.</summary>
    public const string Records = "presence";

    /// <summary>The area of the holds: <c>heard/{agent}/{holder}</c>.</summary>
    public static readonly MirroredArea HeardArea = new("heard");

    /// <summary>The key of an agent's record.</summary>
    public static DocumentKey RecordOf(ResourceId agent) => DocumentKey.Internal([Records, .. RunClaim.Parts(agent)]);

    /// <summary>The key of an instance's hold on an agent.</summary>
    public static DocumentKey HoldOf(ResourceId agent, string holder) =>
        DocumentKey.Internal([HeardArea.Name, .. RunClaim.Parts(agent), holder]);

    /// <summary>An instance as the last part of its holds' keys, which has no slash.</summary>
    public static string HolderOf(Instance instance) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(instance.Name)).AsSpan(0, 8));

    /// <summary>The agent's key out of the key of its record.</summary>
    public static string AgentOfRecord(string key) => key[Records.Length..];

    /// <summary>The agent's key and the holder out of the key of a hold.</summary>
    public static (string Agent, string Holder) ReadHold(string key)
    {
        var cut = key.LastIndexOf('/');
        return (key[HeardArea.Name.Length..cut], key[(cut + 1)..]);
    }
}
