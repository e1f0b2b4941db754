using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Files;

namespace Mover.Recovery.Plans;

/// <summary>A plan as a file.</summary>
public static class PlanFile
{
    /// <summary>The largest file that is read, in bytes.</summary>
    public const long FileBytesMax = 128 * 1024 * 1024;

    private const string Advice = "Make a new plan with `mover recovery plan`.";

    /// <summary>Writes a plan, whole or not at all, readable by its owner only.</summary>
    public static void Write(string file, RecoveryPlan plan)
    {
        var bytes = RecoveryJson.ToBytes(ToJson(plan));
        try
        {
            PrivateFile.Replace(file, bytes);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException(
                "PlanNotWritten", $"Cannot write the plan to {file}: {fault.Message}", "Use another file with --out.", fault);
        }
    }

    /// <summary>The plan as its file has it.</summary>
    public static JsonNode ToJson(RecoveryPlan plan) => JsonSerializer.SerializeToNode(plan, RecoveryJson.Default.RecoveryPlan)
        ?? throw new InvalidOperationException("A plan must be an object.");

    /// <summary>Reads a plan, and holds its template to its id.</summary>
    /// <exception cref="RecoveryException">It is not there, was edited, or was written by a newer program.</exception>
    public static RecoveryPlan Read(string file)
    {
        byte[] bytes;
        try
        {
            var length = new FileInfo(file).Length;
            bytes = length <= FileBytesMax
                ? File.ReadAllBytes(file)
                : throw new RecoveryException("PlanInvalid", $"The plan {file} has {length} bytes; the maximum is {FileBytesMax}.",
                    Advice);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new RecoveryException("PlanNotFound", $"Cannot read the plan {file}: {fault.Message}", Advice, fault);
        }

        var plan = Parse(bytes, file);
        if (plan.Format != RecoveryPlan.CurrentFormat)
        {
            throw new RecoveryException(
                "PlanInvalid", $"The plan {file} has the unknown format '{plan.Format}'.", Advice);
        }

        return plan.Id == PlanId.Of(plan.Template, plan.To, plan.Later)
            ? plan
            : throw new RecoveryException("PlanEdited", $"The plan {file} was modified after it was made: "
                + "its id does not match its content.", Advice);
    }

    private static RecoveryPlan Parse(byte[] bytes, string file)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, RecoveryJson.Default.RecoveryPlan) ?? throw new JsonException("It is null.");
        }
        catch (Exception fault) when (fault is JsonException or ArgumentException)
        {
            throw new RecoveryException("PlanInvalid", $"Cannot read the plan {file}: {fault.Message}", Advice, fault);
        }
    }
}
