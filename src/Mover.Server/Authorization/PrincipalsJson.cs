using System.Text.Json.Serialization;

namespace Mover.Server.Authorization;

/// <summary>JSON of the identities that the control plane keeps.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServicePrincipal))]
[JsonSerializable(typeof(ServicePrincipalOwner))]
[JsonSerializable(typeof(MachineRecord))]
[JsonSerializable(typeof(string))]
internal sealed partial class PrincipalsJson : JsonSerializerContext;
