using System.Text.Json;
using Mover.Core.Arm;

namespace Mover.Client.Agent;

/// <summary>Reads the refusals of the ARM API.</summary>
internal static class AgentRefusal
{
    /// <summary>The refusal of an answer; a body that is not ARM's yields one that names the status.</summary>
    public static ArmError Read(int status, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("error", out var error)
                && error.ValueKind == JsonValueKind.Object)
            {
                return new(status, Text(error, "code") ?? $"Http{status}", Text(error, "message") ?? $"Status {status}.");
            }
        }
        catch (JsonException)
        {
            // Not ARM's: a proxy in between, perhaps. The status says what can be said.
        }

        return new(status, $"Http{status}", $"The control plane returned status {status}.");
    }

    private static string? Text(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
