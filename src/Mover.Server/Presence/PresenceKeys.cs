using Mover.Core.Arm;
using Mover.Server.Documents;
using Mover.State.Documents;

namespace Mover.Server.Presence;

/// <summary>Where the store has what is known of the agents, and who hears them.</summary>
internal static class PresenceKeys
{
    /// <summary>The area of the records, one for each agent.</summary>
    public const string Records = "presence";

    /// <summary>The area of the holds: <c>heard/{agent}/{holder}</c>.</summary>
    public static readonly MirroredArea HeardArea = new("heard");

    /// <summary>The key of an agent's record.</summary>
    public static DocumentKey RecordOf(ResourceId agent) => DocumentKey.Internal([Records, .. MirroredArea.PartsOf(agent)]);

    /// <summary>The key of an instance's hold on an agent.</summary>
    public static DocumentKey HoldOf(ResourceId agent, string holder) =>
        DocumentKey.Internal([HeardArea.Name, .. MirroredArea.PartsOf(agent), holder]);

    /// <summary>The agent's key out of the key of its record.</summary>
    public static string AgentOfRecord(string key) => key[Records.Length..];

    /// <summary>The agent's key and the holder out of the key of a hold.</summary>
    public static (string Agent, string Holder) ReadHold(string key)
    {
        var cut = key.LastIndexOf('/');
        return (key[HeardArea.Name.Length..cut], key[(cut + 1)..]);
    }
}
