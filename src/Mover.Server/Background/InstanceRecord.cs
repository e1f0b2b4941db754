using System.Text.Json.Serialization;
using Mover.Server.Instances;
using Mover.State.Documents;

namespace Mover.Server.Background;

/// <summary>
/// What an instance tells the others of itself: <c>instances/{holder}</c>, bound to the lease of its holds, so that it is there for as long
/// as the instance lives.
/// </summary>
/// <param name="Name">The instance.</param>
/// <param name="Zone">The zone it is in.</param>
/// <param name="Addresses">Where clients reach it, https, best first; <see cref="AdvertisedAddress.PerInstanceMax"/> at most.</param>
/// <param name="Version">The program's version.</param>
/// <param name="StartedAt">When its process began to serve, on its own clock.</param>
internal sealed record InstanceRecord(string Name, string Zone, IReadOnlyList<string> Addresses, string Version, DateTimeOffset StartedAt)
{
    /// <summary>The area of the keys.</summary>
    public const string Area = "instances";

    /// <summary>The key of an instance.</summary>
    public static DocumentKey KeyOf(Instance instance) => DocumentKey.Internal(Area, instance.Holder);
}

/// <summary>JSON of instances.</summary>
[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(InstanceRecord))]
internal sealed partial class InstanceJson : JsonSerializerContext;
