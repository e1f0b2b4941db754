using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mover.Core.AgentProtocol;

/// <summary>The JSON of the agent channel: camel case, enums as their names, absent instead of null.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BeatRequest))]
[JsonSerializable(typeof(BeatAnswer))]
[JsonSerializable(typeof(WorkRequest))]
[JsonSerializable(typeof(WorkAnswer))]
[JsonSerializable(typeof(RunReport))]
[JsonSerializable(typeof(ReportAnswer))]
[JsonSerializable(typeof(RunProgressAnswer))]
[JsonSerializable(typeof(CopyLogBatch))]
[JsonSerializable(typeof(CopyLogAnswer))]
[JsonSerializable(typeof(CopyLogPage))]
[JsonSerializable(typeof(CredentialRequest))]
[JsonSerializable(typeof(LookRequest))]
[JsonSerializable(typeof(CredentialAnswer))]
public sealed partial class AgentProtocolJson : JsonSerializerContext;
