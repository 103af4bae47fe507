// Hands in a message that fails for good, reads it, and finds its letter: with nothing but what the generator wrote.
import { getMessage, listLetters, submitMessage, type MessageView } from "./client";
import { client } from "./client/client.gen";

client.setConfig({ baseUrl: process.argv[2] });
const throwOnError = true;

async function use(): Promise<void> {
  const submitted = await submitMessage({
    throwOnError,
    body: { payload: { simulateError: true, errorType: "CLIENT_ERROR" }, source: "generated", tags: ["eu"] },
  });
  const id = submitted.data.messageId;

  let message: MessageView;
  const patience = Date.now() + 20_000;
  do {
    message = (await getMessage({ throwOnError, path: { id } })).data;
  } while (message.state !== "deadLettered" && Date.now() < patience);

  const letters = await listLetters({ throwOnError, query: { source: "generated", errorType: "CLIENT_ERROR" } });
  const refused = await submitMessage({ body: { payload: 1, target: "nowhere" } });

  console.log(JSON.stringify({
    state: message.state,
    attempts: message.attempts.length,
    letters: letters.data.data.map((letter) => letter.originalMessage.tags),
    refused: refused.error?.type,
  }));
}

void use();
