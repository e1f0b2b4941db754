using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Mover.Core.Arm;
using Mover.Core.Resources;

namespace Mover.Server.Arm;

/// <summary>Answers in ARM's shapes.</summary>
internal static class ArmResults
{
    private const string Json = "application/json; charset=utf-8";

    /// <summary>An error as an answer: <c>{"error":{"code","message"[,"target"][,"details"]}}</c>.</summary>
    public static IResult ToResult(this ArmError error) => new ErrorResult(error);

    /// <summary>200 with a body.</summary>
    public static IResult Ok<T>(T body, JsonTypeInfo<T> type, string? etag = null) =>
        new BodyResult(StatusCodes.Status200OK, JsonSerializer.SerializeToUtf8Bytes(body, type), etag);

    /// <summary>What a write answers: 200, or 201 for what is new.</summary>
    public static IResult Saved<T>(T body, JsonTypeInfo<T> type, string etag, int status) =>
        new BodyResult(status, JsonSerializer.SerializeToUtf8Bytes(body, type), etag);

    /// <summary>A status with a body that is JSON already.</summary>
    public static IResult Raw(int status, ReadOnlyMemory<byte> json, string? etag = null) => new BodyResult(status, json, etag);

    /// <summary>200, or another status, with a body that is written by hand.</summary>
    public static IResult Written(Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK) => Raw(status, Bytes(write));

    /// <summary>JSON that is written by hand.</summary>
    public static ReadOnlyMemory<byte> Bytes(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = MoverJson.Wire.Options.Encoder }))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }

    /// <summary>A status without a body.</summary>
    public static IResult Empty(int status) => TypedResults.StatusCode(status);

    /// <summary>Writes an error.</summary>
    public static async Task WriteAsync(this ArmError error, HttpContext http)
    {
        using var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = MoverJson.Wire.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WritePropertyName("error");
            Write(writer, error);
            writer.WriteEndObject();
        }

        http.Response.StatusCode = error.Status;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = buffer.Length;
        http.Response.Headers["x-ms-error-code"] = error.Code;
        if (error.RetryAfter is { } wait)
        {
            http.Response.Headers.RetryAfter = Math.Max(1, (long)wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        await http.Response.Body.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), http.RequestAborted);
    }

    /// <summary>Writes an error as an object.</summary>
    public static void Write(Utf8JsonWriter writer, ArmError error)
    {
        writer.WriteStartObject();
        writer.WriteString("code", error.Code);
        writer.WriteString("message", error.Message);
        if (error.Target is not null)
        {
            writer.WriteString("target", error.Target);
        }

        if (error.Details is { Count: > 0 } details)
        {
            writer.WriteStartArray("details");
            foreach (var detail in details)
            {
                Write(writer, detail);
            }

            writer.WriteEndArray();
        }

        if (error.Violation is { } violation)
        {
            writer.WriteStartArray("additionalInfo");
            writer.WriteStartObject();
            writer.WriteString("type", "TemplateViolation");
            writer.WriteStartObject("info");
            writer.WriteNumber("lineNumber", violation.Line);
            writer.WriteNumber("linePosition", violation.Column);
            writer.WriteString("path", violation.Path);
            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private sealed class ErrorResult(ArmError error) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => error.WriteAsync(httpContext);
    }

    private sealed class BodyResult(int status, ReadOnlyMemory<byte> body, string? etag) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = Json;
            httpContext.Response.ContentLength = body.Length;
            if (etag is not null)
            {
                httpContext.Response.Headers.ETag = etag;
            }

            await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
        }
    }
}
