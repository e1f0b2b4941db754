using System.Text.Json.Serialization;
using Mover.State.Documents;

namespace Mover.Server.Identity;

/// <summary>Whose state it is, in a store from before it held the identity itself.</summary>
/// <param name="TenantId">The tenant of the data folder.</param>
internal sealed record StateOwner(string TenantId)
{
    /// <summary>Where it is in the store.</summary>
    public static readonly DocumentKey Key = DocumentKey.Internal("server", "owner");
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(StateOwner))]
internal sealed partial class StateOwnerJson : JsonSerializerContext;
