using System.Text.Json.Nodes;
using Mover.Core.Arm;
using Mover.Server.Arm;
using Mover.Templates.Deployments;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>Keeps the values of secure parameters out of what a deployment stores and shows.</summary>
internal sealed class SecretMask
{
    private const string Hidden = "*****";

    // Shorter ones are words of every text; masking them would tell more than it hides.
    private const int CharsMin = 3;

    private readonly List<string> _secrets;

    private SecretMask(List<string> secrets) => _secrets = secrets;

    /// <summary>A mask of no secret.</summary>
    public static SecretMask None { get; } = new([]);

    /// <summary>This mask, and one for the secure parameters of a plan.</summary>
    public SecretMask With(DeploymentPlan plan)
    {
        var secrets = new HashSet<string>(_secrets, StringComparer.Ordinal);
        foreach (var parameter in plan.Parameters.Where(one => one.IsSecure))
        {
            Collect(parameter.Value, secrets);
        }

        return new([.. secrets.OrderByDescending(one => one.Length)]);
    }

    /// <summary>The text without any of the secrets.</summary>
    public string Of(string text)
    {
        foreach (var secret in _secrets)
        {
            text = text.Replace(secret, Hidden, StringComparison.Ordinal);
        }

        return text;
    }

    /// <summary>The value without any of the secrets in its texts.</summary>
    public JsonNode? Of(JsonNode? node) => node switch
    {
        null => null,
        _ when _secrets.Count == 0 => node.DeepClone(),
        JsonObject one => new JsonObject(one.Select(member => KeyValuePair.Create(member.Key, Of(member.Value)))),
        JsonArray array => new JsonArray([.. array.Select(Of)]),
        JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Of(text)),
        _ => node.DeepClone(),
    };

    /// <summary>The error without any of the secrets, and of a size that can be kept.</summary>
    public ArmError Of(ArmError error, int depth = 0)
    {
        const int MessageMax = 2000;
        const int DepthMax = 8;
        var message = Of(error.Message);
        return error with
        {
            Message = message.Length <= MessageMax ? message : message[..MessageMax] + "…",
            Target = error.Target is null ? null : PrintedText.Of(Of(error.Target), MessageMax),
            Details = error.Details is null || depth == DepthMax ? null
                : [.. error.Details.Take(DeploymentLimits.DetailsMax).Select(detail => Of(detail, depth + 1))],
        };
    }

    /// <summary>As above, as JSON; one that is still too large is told without its details.</summary>
    public string JsonOf(ArmError error)
    {
        var shown = ErrorJson.Of(Of(error));
        return shown.Length <= DeploymentLimits.ErrorCharsMax ? shown : ErrorJson.Of(Of(error with { Details = null }));
    }

    private static void Collect(TemplateValue value, HashSet<string> secrets)
    {
        switch (value)
        {
            case StringValue { Value.Length: >= CharsMin } text:
                secrets.Add(text.Value);
                break;
            case ArrayValue array:
                foreach (var item in array.Items)
                {
                    Collect(item, secrets);
                }

                break;
            case ObjectValue one:
                foreach (var member in one)
                {
                    Collect(member.Value, secrets);
                }

                break;
        }
    }
}
