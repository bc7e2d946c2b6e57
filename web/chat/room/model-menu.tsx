import { useQuery } from "@apollo/client/react";
import { Check, ChevronDown, Globe, Lightbulb } from "lucide-react";
import { ModelsDocument, type RoomHeadFragment } from "../../generated/graphql/graphql.ts";
import { ActionMenu, MenuItem, MenuSeparator } from "../ui/menu.tsx";
import css from "./model-menu.module.css";

export type ModelChoice = Pick<RoomHeadFragment, "modelId"> &
  Pick<RoomHeadFragment["settings"], "search" | "showThoughts" | "thinking">;

type Props = { choice: ModelChoice; onChange: (change: Partial<ModelChoice>) => void };

/** Which model answers from the next message on, and how. */
export function ModelMenu({ choice, onChange }: Props) {
  const { data } = useQuery(ModelsDocument);
  const models = data?.models ?? [];
  const standard = models.find(({ isDefault }) => isDefault);
  const chosen = models.find(({ id }) => id === choice.modelId) ?? standard;
  // Those that are about to be shut down are no choice for a new beginning.
  const current = models.filter((model) => model.replacedBy === null || model === chosen);
  const thinks = (chosen?.thinkingLevels.length ?? 0) > 0;
  return (
    <ActionMenu
      side="top"
      trigger={
        <button type="button" className={css.trigger} aria-label={`Model: ${chosen?.label ?? "default"}`}>
          <span>{chosen?.label ?? "Model"}</span>
          <ChevronDown aria-hidden />
        </button>
      }
    >
      {current.map((model) => (
        <MenuItem
          key={model.id}
          icon={model.id === chosen?.id ? <Check /> : <span className={css.gap} />}
          onSelect={() => onChange({ modelId: model.isDefault ? null : model.id })}
        >
          <span className={css.model}>
            {model.label}
            {!model.plans.includes("BASIC") && <small> Pro</small>}
            {model.description && <small>{model.description}</small>}
          </span>
        </MenuItem>
      ))}
      <MenuSeparator />
      {chosen?.tools.includes("SEARCH") && (
        <MenuItem icon={choice.search ? <Check /> : <Globe />} onSelect={() => onChange({ search: !choice.search })}>
          Search the web
        </MenuItem>
      )}
      {thinks && (
        <MenuItem
          icon={choice.showThoughts ? <Check /> : <Lightbulb />}
          onSelect={() => onChange({ showThoughts: !choice.showThoughts })}
        >
          Show its thoughts
        </MenuItem>
      )}
      {chosen?.thinkingLevels.map((level) => (
        <MenuItem
          key={level}
          icon={choice.thinking === level ? <Check /> : <span className={css.gap} />}
          onSelect={() => onChange({ thinking: choice.thinking === level ? null : level })}
        >
          Think {THINKING[level]}
        </MenuItem>
      ))}
    </ActionMenu>
  );
}

const THINKING = { MINIMAL: "as little as it can", LOW: "a little", MEDIUM: "some time", HIGH: "long" } as const;
